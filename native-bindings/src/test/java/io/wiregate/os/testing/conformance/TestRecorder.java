package io.wiregate.os.testing.conformance;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/// Writes down how Jupiter's tests with [Proves] went.
final class TestRecorder implements TestWatcher {
  @Override
  public void testSuccessful(ExtensionContext context) {
    record(context, Observation.Result.HELD);
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    record(context, Observation.Result.FAILED);
  }

  // One that is aborted or disabled has shown nothing, and leaves no line.

  static void record(ExtensionContext context, Observation.Result result) {
    Method method = context.getRequiredTestMethod();
    Observation.write(context.getRequiredTestClass(), method, result);
  }
}
