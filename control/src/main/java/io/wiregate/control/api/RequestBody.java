package io.wiregate.control.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A JSON object from a stranger, read strictly: a fault of one field names the field, and a field
/// that nobody asked for is a fault. Faults are collected; [#check] throws them all at once. A
/// field that is absent and one that is null are different things, as RFC 7396 needs.
final class RequestBody {
  /// The largest peer, with notes and labels, is a quarter of that.
  static final int LARGEST_BYTES = 1 << 16;

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode object;
  private final Set<String> asked = new LinkedHashSet<>();
  private final List<Problem.FieldError> errors = new ArrayList<>();

  private RequestBody(JsonNode object) {
    this.object = object;
  }

  /// The bytes of a request that says that they are JSON.
  static byte[] bytes(Context context, String... types) {
    String type = context.contentType();
    String essence =
        type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
    if (!List.of(types).contains(essence)) {
      throw new ProblemException(
          Problem.of(
              415,
              "media-type",
              "Unsupported media type",
              "Send the body with Content-Type: " + types[0] + "."));
    }
    try (InputStream in = context.bodyInputStream()) {
      byte[] bytes = in.readNBytes(LARGEST_BYTES + 1);
      if (bytes.length > LARGEST_BYTES) {
        throw new ProblemException(
            Problem.of(
                413, "too-large", "Body too large", "The body may have at most 65536 bytes."));
      }
      return bytes;
    } catch (IOException cutShort) {
      throw ProblemException.malformed("The body ended before it was whole.");
    }
  }

  static RequestBody parse(byte[] bytes) {
    JsonNode tree;
    try {
      tree = STRICT.readTree(bytes);
    } catch (JacksonException malformed) {
      throw ProblemException.malformed(
          "The body is not JSON: "
              + String.valueOf(malformed.getOriginalMessage())
                  .replaceAll("(?s) *(\\(start|\n).*", "")
              + " (line "
              + malformed.getLocation().getLineNr()
              + ", column "
              + malformed.getLocation().getColumnNr()
              + ").");
    }
    if (!tree.isObject()) {
      throw ProblemException.malformed("The body must be a JSON object.");
    }
    return new RequestBody(tree);
  }

  boolean has(String field) {
    asked.add(field);
    return object.has(field);
  }

  boolean isNull(String field) {
    return has(field) && object.get(field).isNull();
  }

  /// A text field.
  ///
  /// @return null where it is absent or at fault; [#check] tells
  <T> @Nullable T text(String field, Function<String, T> parse) {
    if (!has(field)) {
      return null;
    }
    JsonNode value = object.get(field);
    if (!value.isString()) {
      fault(field, "must be a text, not " + kind(value));
      return null;
    }
    return parsed(field, value.stringValue(), parse);
  }

  <T> @Nullable T requiredText(String field, Function<String, T> parse) {
    if (!has(field)) {
      fault(field, "is missing");
      return null;
    }
    return text(field, parse);
  }

  @Nullable Boolean flag(String field) {
    if (!has(field)) {
      return null;
    }
    JsonNode value = object.get(field);
    if (!value.isBoolean()) {
      fault(field, "must be true or false, not " + kind(value));
      return null;
    }
    return value.booleanValue();
  }

  <T> @Nullable List<T> texts(String field, Function<String, T> parse) {
    if (!has(field)) {
      return null;
    }
    JsonNode value = object.get(field);
    if (!value.isArray()) {
      fault(field, "must be a list of texts, not " + kind(value));
      return null;
    }
    List<T> list = new ArrayList<>();
    for (JsonNode element : value) {
      T parsed = element.isString() ? parsed(field, element.stringValue(), parse) : null;
      if (parsed != null) {
        list.add(parsed);
      } else if (!element.isString()) {
        fault(field, "must be a list of texts, but holds " + kind(element));
      }
    }
    return List.copyOf(list);
  }

  @Nullable Map<String, String> pairs(
      String field, Function<Map<String, String>, Map<String, String>> parse) {
    if (!has(field)) {
      return null;
    }
    JsonNode value = object.get(field);
    if (!value.isObject()) {
      fault(field, "must be an object of texts, not " + kind(value));
      return null;
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (!entry.getValue().isString()) {
        fault(field, "must be an object of texts, but holds " + kind(entry.getValue()));
        return null;
      }
      pairs.put(entry.getKey(), entry.getValue().stringValue());
    }
    try {
      return parse.apply(pairs);
    } catch (IllegalArgumentException refused) {
      fault(field, String.valueOf(refused.getMessage()));
      return null;
    }
  }

  private <T> @Nullable T parsed(String field, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException refused) {
      fault(field, "is not accepted: " + refused.getMessage());
      return null;
    }
  }

  private void fault(String field, String what) {
    errors.add(new Problem.FieldError(field, field + " " + what + "."));
  }

  /// Ends the request if any field was at fault.
  void check() {
    for (String field : object.propertyNames()) {
      if (!asked.contains(field)) {
        fault(field, "is not known here; known are " + String.join(", ", asked));
      }
    }
    if (!errors.isEmpty()) {
      throw ProblemException.invalid(List.copyOf(errors));
    }
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL -> "null";
      case BOOLEAN -> "true or false";
      case NUMBER -> "a number";
      case STRING -> "a text";
      case ARRAY -> "a list";
      default -> "an object";
    };
  }
}
