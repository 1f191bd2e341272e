package io.wiregate.control.config;

import io.wiregate.control.policy.PrivateReach;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.Driver;

/// How values are written. Each reader throws [IllegalArgumentException] for what it does not
/// accept.
final class Values {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(s|m|h|d)");
  private static final Pattern HOST_NAME =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?");
  // The kernel takes nearly anything of 1 to 15 bytes; nft, sysctl paths and shells do not.
  private static final Pattern INTERFACE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,14}");

  private Values() {}

  static boolean yesOrNo(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw refused();
    };
  }

  static Function<String, Integer> number(int from, int to) {
    return text -> {
      if (!text.matches("[0-9]{1,9}")) {
        throw refused();
      }
      int number = Integer.parseInt(text);
      if (number < from || number > to) {
        throw refused();
      }
      return number;
    };
  }

  static String zoneName(String text) {
    if (!text.matches("[a-z][a-z0-9-]{0,31}")) {
      throw refused();
    }
    return text;
  }

  static PrivateReach privateReach(String text) {
    return switch (text) {
      case "none", "" -> PrivateReach.NONE;
      case "all" -> PrivateReach.ALL;
      default -> new PrivateReach(false, list(IpPrefix::parse).apply(text));
    };
  }

  static Path path(String text) {
    if (text.isBlank()) {
      throw refused();
    }
    return Path.of(text).toAbsolutePath().normalize();
  }

  static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw refused();
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /// A host name (RFC 1123) or an IP address, without port.
  static String host(String text) {
    if (text.indexOf(':') >= 0 || text.matches("[0-9.]+")) {
      return IpAddress.parse(text).toString();
    }
    if (!HOST_NAME.matcher(text).matches()) {
      throw refused();
    }
    return text;
  }

  static Function<String, IpPrefix> network(boolean isV6, int shortest, int longest) {
    return text -> {
      int slash = text.indexOf('/');
      if (slash < 0) {
        throw refused();
      }
      IpPrefix prefix = IpPrefix.parse(text);
      boolean lengthFits = prefix.length() >= shortest && prefix.length() <= longest;
      boolean isFirstAddress = prefix.address().equals(IpAddress.parse(text.substring(0, slash)));
      if (prefix.isV6() != isV6 || !lengthFits || !isFirstAddress) {
        throw refused();
      }
      return prefix;
    };
  }

  static String interfaceName(String text) {
    if (!INTERFACE_NAME.matcher(text).matches()) {
      throw refused();
    }
    return text;
  }

  static String interfacePrefix(String text) {
    if (!text.matches("[A-Za-z][A-Za-z0-9_-]{0,8}")) {
      throw refused();
    }
    return text;
  }

  /// `ADDRESS:PORT`, an IPv6 address in brackets.
  static ListenAddress listenAddress(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw refused();
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    IpAddress address =
        host.equals("localhost")
            ? IpAddress.v4(0x7f000001)
            : IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
    if (address.isV6() != bracketed) {
      throw refused();
    }
    return new ListenAddress(address, number(0, 65535).apply(text.substring(colon + 1)));
  }

  static String text(String text) {
    if (text.isBlank()) {
      throw refused();
    }
    return text;
  }

  static <E extends Enum<E>> Function<String, E> choice(Class<E> type) {
    return text ->
        Arrays.stream(type.getEnumConstants())
            .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(text))
            .findFirst()
            .orElseThrow(Values::refused);
  }

  static <T> Function<String, List<T>> list(Function<String, T> element) {
    return text -> {
      List<T> list = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        if (!text.isBlank()) {
          list.add(element.apply(part.strip()));
        }
      }
      return List.copyOf(list);
    };
  }

  private static IllegalArgumentException refused() {
    return new IllegalArgumentException("not accepted");
  }

  /// A JDBC URL that PostgreSQL's driver can make something of. It has no place for a user and a
  /// password before the host: what stands there would be taken for a part of the host's name, and
  /// be shown as one.
  static String postgresUrl(String text) {
    int question = text.indexOf('?');
    String place = question < 0 ? text : text.substring(0, question);
    if (place.indexOf('@') >= 0 || Driver.parseURL(text, new Properties()) == null) {
      throw new IllegalArgumentException();
    }
    return text;
  }
}
