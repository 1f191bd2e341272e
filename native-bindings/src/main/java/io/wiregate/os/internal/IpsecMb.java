package io.wiregate.os.internal;

import static io.wiregate.os.internal.NativeLibrary.longFunction;
import static io.wiregate.os.internal.NativeLibrary.voidFunction;
import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// Intel's Multi-Buffer Crypto for IPsec library: `intel-ipsec-mb.h`, of which the job interface.
///
/// Its functions are called through pointers in a *manager*, and a *job* says what to do; both are
/// structures of the header. What is used of them here lies in the same places from version 1.0 to
/// 2.0, in all nine headers. Taken are those that its makers support, and of later ones nobody
/// knows.
///
/// Touch this class only where [NativeLibrary#findAny] finds one of the files: loading it fails
/// otherwise.
public final class IpsecMb {
  /// As Debian 12's libipsec-mb1 installs it.
  public static final String FILE = "libIPSec_MB.so.1";

  /// As Debian 13's libipsec-mb2 installs it.
  public static final String NEWER_FILE = "libIPSec_MB.so.2";

  // IMB_JOB, bytes from its start; more follow, for the library and for other algorithms.
  public static final int ENC_KEYS = 0;
  public static final int DEC_KEYS = 8;
  public static final int KEY_LEN = 16;
  public static final int SRC = 24;
  public static final int DST = 32;
  public static final int CIPHER_LEN = 48;
  public static final int HASH_LEN = 64;
  public static final int IV = 72;
  public static final int IV_LEN = 80;
  public static final int AUTH_TAG_OUTPUT = 88;
  public static final int AUTH_TAG_LEN = 96;
  public static final int AAD = 104;
  public static final int AAD_LEN = 112;
  public static final int STATUS = 128;
  public static final int CIPHER_MODE = 132;
  public static final int CIPHER_DIRECTION = 136;
  public static final int HASH_ALG = 140;
  public static final int CHAIN_ORDER = 144;

  /// Bytes of a job that say what to do, up to and with the order. What is not named here is 0.
  public static final int JOB_SIZE = 148;

  public static final int IMB_CIPHER_CHACHA20_POLY1305 = 19;
  public static final int IMB_AUTH_CHACHA20_POLY1305 = 29;
  public static final int IMB_DIR_ENCRYPT = 1;
  public static final int IMB_DIR_DECRYPT = 2;
  public static final int IMB_ORDER_CIPHER_HASH = 1;
  public static final int IMB_ORDER_HASH_CIPHER = 2;
  public static final int IMB_STATUS_COMPLETED = 3;

  // IMB_MGR, bytes from its start.
  private static final int GET_NEXT_JOB = 64;
  private static final int SUBMIT_JOB_NOCHECK = 80;

  private static final NativeLibrary LIBRARY = NativeLibrary.requireAny(List.of(NEWER_FILE, FILE));

  private static final MethodHandle imb_get_version_str$mh =
      LIBRARY.function("imb_get_version_str", FunctionDescriptor.of(ADDRESS));
  private static final MethodHandle alloc_mb_mgr$mh =
      LIBRARY.function("alloc_mb_mgr", longFunction(long.class));
  private static final MethodHandle free_mb_mgr$mh =
      LIBRARY.function("free_mb_mgr", voidFunction(long.class));
  private static final MethodHandle init_mb_mgr_auto$mh =
      LIBRARY.function("init_mb_mgr_auto", voidFunction(long.class, long.class));

  private static final String VERSION = version();

  // Any manager's: the same processor has the same functions.
  private static final long MANAGER = newManager();

  // Critical: a packet takes less than a microsecond, a usual call's change of thread state would
  // show.
  private static final MethodHandle get_next_job$mh =
      NativeLibrary.functionAt(
          NativeMemory.getLong(MANAGER + GET_NEXT_JOB),
          longFunction(long.class),
          Linker.Option.critical(false));
  private static final MethodHandle submit_job_nocheck$mh =
      NativeLibrary.functionAt(
          NativeMemory.getLong(MANAGER + SUBMIT_JOB_NOCHECK),
          longFunction(long.class),
          Linker.Option.critical(false));

  private IpsecMb() {}

  private static String version() {
    String version = imb_get_version_str();
    if (!isKnown(version)) {
      throw new UnsatisfiedLinkError(
          "IPsec-MB " + version + " is not one of those that are known to do: 1.3, 1.5 and 2.0");
    }
    return version;
  }

  /// Whether a version, as `1.3.0`, is one whose header was looked at, and that is supported.
  public static boolean isKnown(String version) {
    return List.of("1.3", "1.5", "2.0").stream()
        .anyMatch(known -> version.equals(known) || version.startsWith(known + "."));
  }

  /// As `1.3.0`.
  @SuppressWarnings("restricted")
  public static String imb_get_version_str() {
    try {
      MemorySegment text = (MemorySegment) imb_get_version_str$mh.invokeExact();
      return text.reinterpret(1024).getString(0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The version of the library that is loaded.
  public static String loadedVersion() {
    return VERSION;
  }

  /// A new manager, set up for this processor, of some 200 KiB; for one thread at a time.
  public static long newManager() {
    try {
      long manager = (long) alloc_mb_mgr$mh.invokeExact(0L);
      if (manager == 0) {
        throw new OutOfMemoryError("alloc_mb_mgr");
      }
      init_mb_mgr_auto$mh.invokeExact(manager, 0L);
      return manager;
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Frees a manager of [#newManager].
  public static void free_mb_mgr(long manager) {
    try {
      free_mb_mgr$mh.invokeExact(manager);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// The job to fill next; every field that the algorithm reads is to be written.
  public static long get_next_job(long manager) {
    try {
      return (long) get_next_job$mh.invokeExact(manager);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /// Does what the job says that [#get_next_job] gave: that job, with its status, where the
  /// algorithm is done at once, as ChaCha20-Poly1305 is. Checks nothing.
  public static long submit_job_nocheck(long manager) {
    try {
      return (long) submit_job_nocheck$mh.invokeExact(manager);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
