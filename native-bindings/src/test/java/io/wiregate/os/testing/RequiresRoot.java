package io.wiregate.os.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// The test makes interfaces or network namespaces. As another user than root it is aborted; in CI
/// (the environment variable `CI` is set) it fails, so that it is never left out unnoticed.
@Tag("root")
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Requirements.class)
public @interface RequiresRoot {}
