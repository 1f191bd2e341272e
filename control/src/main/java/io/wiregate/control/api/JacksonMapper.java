package io.wiregate.control.api;

import io.javalin.json.JsonMapper;
import java.lang.reflect.Type;

/// Lets Javalin write JSON with Jackson 3.
final class JacksonMapper implements JsonMapper {
  private final tools.jackson.databind.json.JsonMapper json =
      tools.jackson.databind.json.JsonMapper.shared();

  @Override
  public String toJsonString(Object value, Type type) {
    return json.writeValueAsString(value);
  }
}
