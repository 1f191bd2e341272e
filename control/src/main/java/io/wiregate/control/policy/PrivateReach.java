package io.wiregate.control.policy;

import io.wiregate.os.net.IpPrefix;
import java.util.List;

/// What a zone may reach of the networks behind the gateway that are not the internet.
///
/// @param everything whether every private network may be reached; what [GatewayPolicy#denied]
///   names stays denied
/// @param named networks that may be reached in any case. Against a denied network the more
///   specific one decides, and this one if they are equal: to open one pod network, name it or a
///   part of it
public record PrivateReach(boolean everything, List<IpPrefix> named) {
  public static final PrivateReach NONE = new PrivateReach(false, List.of());
  public static final PrivateReach ALL = new PrivateReach(true, List.of());

  public PrivateReach {
    named = List.copyOf(named);
  }

  public static PrivateReach only(IpPrefix... named) {
    return new PrivateReach(false, List.of(named));
  }
}
