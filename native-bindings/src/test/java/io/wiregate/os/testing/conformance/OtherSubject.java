package io.wiregate.os.testing.conformance;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/// Writes a failure of another implementation down and goes on. Failures before and after a test
/// are the test's own, and stay failures.
final class OtherSubject implements TestExecutionExceptionHandler {
  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (failure instanceof TestAbortedException) {
      throw failure; // it has not been asked
    }
    TestRecorder.record(context, Observation.Result.FAILED);
    System.out.println(
        context.getDisplayName()
            + " does not hold for "
            + Observation.subject(context.getRequiredTestClass())
            + ": "
            + failure);
  }
}
