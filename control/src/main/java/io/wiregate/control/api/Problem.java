package io.wiregate.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An error as RFC 9457 has it.
///
/// @param type a URN that programs may switch on
/// @param errors which fields are at fault, each with a sentence
/// @param instance names this occurrence, as the log does
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record Problem(
    String type,
    String title,
    int status,
    String detail,
    List<FieldError> errors,
    @Nullable String instance) {

  /// A field, by its name in the body or the query.
  record FieldError(String field, String detail) {}

  static Problem of(int status, String code, String title, String detail) {
    return new Problem("urn:wiregate:problem:" + code, title, status, detail, List.of(), null);
  }

  Problem naming(List<FieldError> fields) {
    return new Problem(type, title, status, detail, fields, instance);
  }

  Problem at(String occurrence) {
    return new Problem(type, title, status, detail, errors, occurrence);
  }
}
