package io.wiregate.os.testing.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.extension.ExtendWith;

/// The test proves these rules: it fails where one of them does not hold. On a class, each of its
/// tests does. For Jupiter's tests and jqwik's properties.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(TestRecorder.class)
@AddLifecycleHook(PropertyRecorder.class)
public @interface Proves {
  /// Names from `docs/conformance.rules`, e.g. `session.replay-window`.
  String[] value();
}
