package io.wiregate.control.api;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request's query, read as strictly as a body: a parameter that is not known, or stands twice,
/// would else be a filter that silently does not filter.
final class QueryParameters {
  private final Map<String, List<String>> given;

  QueryParameters(Context context, Set<String> known) {
    given = context.queryParamMap();
    given.forEach((name, values) -> {
      if (!known.contains(name)) {
        throw ProblemException.invalid(
            name, name + " is not a known parameter; known are " + String.join(", ", known) + ".");
      }
      if (values.size() > 1) {
        throw ProblemException.invalid(name, name + " may stand only once.");
      }
    });
  }

  @Nullable String text(String name) {
    List<String> values = given.get(name);
    return values == null || values.getFirst().isEmpty() ? null : values.getFirst();
  }

  boolean flag(String name) {
    String text = text(name);
    if (text != null && !text.equals("true") && !text.equals("false")) {
      throw ProblemException.invalid(name, name + " must be true or false.");
    }
    return "true".equals(text);
  }

  int number(String name, int fallback, int from, int to) {
    String text = text(name);
    if (text == null) {
      return fallback;
    }
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < from
        || Integer.parseInt(text) > to) {
      throw ProblemException.invalid(
          name, name + " must be a number from " + from + " to " + to + ".");
    }
    return Integer.parseInt(text);
  }
}
