package io.wiregate.dataplane.testing;

import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.crypto.AeadKey;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everything that is known of a peer: every field of it and of all that it leads to (sessions with
/// their keys and windows, timers, handshake, what is staged), whatever fields there will be. What
/// must change nothing is compared by it. Its neighbours in lists are named only.
public final class PeerState {
  private static final String OURS = "io.wiregate.dataplane.";
  private static final String ROOT = "peer";

  private final Map<String, String> fields = new TreeMap<>();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private PeerState() {}

  /// Field by field: its path and its value.
  public static Map<String, String> of(Peer peer) {
    PeerState state = new PeerState();
    state.add(ROOT, peer);
    return state.fields;
  }

  private void add(String path, @Nullable Object value) {
    if (value == null || value instanceof PeerTable || value instanceof PeerEvents) {
      fields.put(path, value == null ? "null" : "");
    } else if (value instanceof AeadKey key) {
      byte[] bytes = new byte[AeadKey.SIZE];
      key.copyTo(bytes, 0);
      fields.put(path, HexFormat.of().formatHex(bytes));
    } else if (value instanceof Peer neighbour && !path.equals(ROOT)) {
      fields.put(path, neighbour.toString());
    } else if (value instanceof byte[] bytes) {
      fields.put(path, HexFormat.of().formatHex(bytes));
    } else if (value instanceof long[] longs) {
      fields.put(path, Arrays.toString(longs));
    } else if (value.getClass().isArray()) {
      int length = Array.getLength(value);
      fields.put(path + ".length", Integer.toString(length));
      for (int i = 0; i < length; i++) {
        add(path + "[" + i + "]", Array.get(value, i));
      }
    } else if (value instanceof Iterable<?> values) {
      int i = 0;
      for (Object each : values) {
        add(path + "[" + i++ + "]", each);
      }
      fields.put(path + ".size", Integer.toString(i));
    } else if (value.getClass().getName().startsWith(OURS) && !value.getClass().isRecord()) {
      if (seen.add(value)) {
        addFields(path, value, value.getClass());
      }
    } else {
      fields.put(path, value.getClass() == Object.class ? "" : value.toString());
    }
  }

  private void addFields(String path, Object of, Class<?> type) {
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) || field.getType() == VarHandle.class) {
        continue;
      }
      try {
        field.setAccessible(true);
        add(path + "." + field.getName(), field.get(of));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    Class<?> superclass = type.getSuperclass();
    if (superclass != null && superclass.getName().startsWith(OURS)) {
      addFields(path, of, superclass);
    }
  }
}
