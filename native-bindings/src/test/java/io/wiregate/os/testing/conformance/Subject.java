package io.wiregate.os.testing.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// The class's tests look at another implementation than ours: what they find is written down, and
/// fails nothing.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OtherSubject.class)
public @interface Subject {
  /// The implementation's name, which heads its column in the report, e.g. `wireguard-go`.
  String value();
}
