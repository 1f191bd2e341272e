package io.wiregate.control.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The API's description: written by hand in `openapi.yaml`, served as JSON.
final class OpenApi {
  private OpenApi() {}

  /// Read when first asked for: a start needs it not.
  private static final class Json {
    static final String TEXT = JsonMapper.shared().writeValueAsString(read());
  }

  static JsonNode read() {
    try (InputStream yaml = OpenApi.class.getResourceAsStream("openapi.yaml")) {
      if (yaml == null) {
        throw new IllegalStateException("openapi.yaml is not on the class path");
      }
      return new YAMLMapper().readTree(yaml);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  static void answer(Context context) {
    context.contentType("application/json").result(Json.TEXT);
  }
}
