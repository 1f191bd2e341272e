package io.wiregate.control.api;

import java.util.List;

/// Ends a request with a [Problem].
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail());
    this.problem = problem;
  }

  /// The request is not what it should be, whatever the state of things.
  static ProblemException malformed(String detail) {
    return new ProblemException(Problem.of(400, "malformed", "Malformed request", detail));
  }

  static ProblemException invalid(List<Problem.FieldError> errors) {
    String detail = errors.stream().map(Problem.FieldError::detail).findFirst().orElse("");
    return new ProblemException(Problem.of(422, "invalid", "Invalid value", detail).naming(errors));
  }

  static ProblemException invalid(String field, String detail) {
    return invalid(List.of(new Problem.FieldError(field, detail)));
  }

  Problem problem() {
    return problem;
  }
}
