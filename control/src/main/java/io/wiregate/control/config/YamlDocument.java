package io.wiregate.control.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// A YAML file as a flat map: a dotted key for each scalar or list of scalars, with its line. Only
/// what configuration needs: no anchors, no second document.
final class YamlDocument {
  /// More is no configuration; it also bounds what a wrong path can make us read.
  private static final long LARGEST_BYTES = 1 << 20;

  /// A value and where it stands; a list's elements are separated by commas.
  record Entry(String text, int line) {}

  private final String fileName;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private YamlDocument(Path file) {
    this.fileName = file.toString();
  }

  static YamlDocument read(Path file) {
    YamlDocument document = new YamlDocument(file);
    String text;
    try {
      if (Files.size(file) > LARGEST_BYTES) {
        throw new ConfigurationException(file + " is larger than 1 MiB: it is no configuration.");
      }
      text = Files.readString(file);
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "The configuration file "
              + file
              + " cannot be read: check that it is there, is text and is readable ("
              + unreadable.getClass().getSimpleName()
              + ").");
    }
    document.parse(text);
    return document;
  }

  Map<String, Entry> entries() {
    return entries;
  }

  String source(Entry entry) {
    return fileName + ", line " + entry.line;
  }

  private void parse(String text) {
    try (JsonParser parser =
        YAMLFactory.builder().build().createParser(ObjectReadContext.empty(), text)) {
      JsonToken token = parser.nextToken();
      if (token == null || token == JsonToken.VALUE_NULL) {
        return;
      }
      if (token != JsonToken.START_OBJECT) {
        throw refused(parser, "the file must consist of keys and values");
      }
      object(parser, "");
      if (parser.nextToken() != null) {
        throw refused(parser, "a second document begins here: remove it");
      }
    } catch (JacksonException malformed) {
      throw new ConfigurationException(
          fileName
              + ", line "
              + malformed.getLocation().getLineNr()
              + ": this is not YAML: "
              + firstLine(malformed.getOriginalMessage())
              + ".");
    }
  }

  private void object(JsonParser parser, String prefix) {
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_OBJECT;
        token = parser.nextToken()) {
      String key = prefix + parser.currentName();
      int line = parser.currentTokenLocation().getLineNr();
      token = parser.nextToken();
      if (token == JsonToken.START_OBJECT) {
        object(parser, key + ".");
      } else if (token == JsonToken.START_ARRAY) {
        put(parser, key, new Entry(list(parser, key), line));
      } else if (token != JsonToken.VALUE_NULL) {
        put(parser, key, new Entry(scalar(parser, key), line));
      }
    }
  }

  private String list(JsonParser parser, String key) {
    StringBuilder text = new StringBuilder();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String element = scalar(parser, key);
      if (element.isBlank() || element.indexOf(',') >= 0) {
        throw refused(parser, key + " has an element that is empty or holds a comma");
      }
      text.append(text.isEmpty() ? "" : ",").append(element);
    }
    return text.toString();
  }

  private String scalar(JsonParser parser, String key) {
    if (!parser.currentToken().isScalarValue() || ((YAMLParser) parser).isCurrentAlias()) {
      throw refused(parser, key + " must be a single value or a list of values");
    }
    return parser.getString();
  }

  private void put(JsonParser parser, String key, Entry entry) {
    if (entries.putIfAbsent(key, entry) != null) {
      throw refused(parser, key + " stands here a second time: remove one");
    }
  }

  private ConfigurationException refused(JsonParser parser, String what) {
    return new ConfigurationException(
        fileName + ", line " + parser.currentTokenLocation().getLineNr() + ": " + what + ".");
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("malformed");
  }
}
