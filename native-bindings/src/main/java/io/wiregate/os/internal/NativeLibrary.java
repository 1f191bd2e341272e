package io.wiregate.os.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds C functions in a shared library and makes method handles of them.
///
/// Handles are meant for `static final` fields, where the compiler turns a call through them into a
/// direct one.
public final class NativeLibrary {
  private static final Linker LINKER = Linker.nativeLinker();

  private static final String TRIPLET =
      (System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch"))
          + "-linux-gnu";

  private static final List<String> DIRECTORIES =
      List.of("/usr/lib/" + TRIPLET, "/lib/" + TRIPLET, "/usr/lib64", "/usr/lib");

  private final String name;
  private final SymbolLookup symbols;

  private NativeLibrary(String name, SymbolLookup symbols) {
    this.name = name;
    this.symbols = symbols;
  }

  /// The C library that the JVM itself runs on.
  public static NativeLibrary c() {
    return new NativeLibrary("libc", LINKER.defaultLookup());
  }

  /// A library by its file, which then stays loaded for the life of the process.
  ///
  /// By absolute path only: a bare name would be searched for in `LD_LIBRARY_PATH`, and BoringSSL's
  /// and OpenSSL's files share theirs.
  ///
  /// @return null if the file is not there or the dynamic linker refuses it
  @SuppressWarnings("restricted")
  public static @Nullable NativeLibrary open(Path file) {
    if (!file.isAbsolute() || !Files.isRegularFile(file)) {
      return null;
    }
    try {
      return new NativeLibrary(file.toString(), SymbolLookup.libraryLookup(file, Arena.global()));
    } catch (IllegalArgumentException refused) {
      return null;
    }
  }

  /// The first of some files that [#find] finds, for a library of several versions.
  ///
  /// @return null if none is there
  public static @Nullable Path findAny(List<String> relatives) {
    for (String relative : relatives) {
      Path file = find(relative);
      if (file != null) {
        return file;
      }
    }
    return null;
  }

  /// Where Debian and its relatives put a library, else where others do.
  ///
  /// @param relative the file below the library directory, e.g. `libcrypto.so.3`
  /// @return null if no such file is there
  public static @Nullable Path find(String relative) {
    for (String directory : DIRECTORIES) {
      Path file = Path.of(directory, relative);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  /// A library that [#find] finds, for the class that holds its functions.
  ///
  /// @throws UnsatisfiedLinkError if it is not there or does not load; ask [#find] first
  static NativeLibrary require(String relative) {
    return requireAny(List.of(relative));
  }

  /// As [#require], of the first that is there.
  static NativeLibrary requireAny(List<String> relatives) {
    Path file = findAny(relatives);
    NativeLibrary library = file == null ? null : open(file);
    if (library == null) {
      throw new UnsatisfiedLinkError(
          file == null ? relatives.getLast() + " is not installed" : file + " cannot be loaded");
    }
    return library;
  }

  /// A C function that returns `int`; each parameter is `int.class` or `long.class` (pointers and
  /// `size_t`).
  public static FunctionDescriptor intFunction(Class<?>... parameters) {
    return FunctionDescriptor.of(JAVA_INT, layouts(parameters));
  }

  /// A C function that returns a pointer or `ssize_t`.
  public static FunctionDescriptor longFunction(Class<?>... parameters) {
    return FunctionDescriptor.of(JAVA_LONG, layouts(parameters));
  }

  /// A C function that returns nothing.
  public static FunctionDescriptor voidFunction(Class<?>... parameters) {
    return FunctionDescriptor.ofVoid(layouts(parameters));
  }

  private static MemoryLayout[] layouts(Class<?>[] parameters) {
    MemoryLayout[] layouts = new MemoryLayout[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      layouts[i] = parameters[i] == int.class ? JAVA_INT : JAVA_LONG;
    }
    return layouts;
  }

  /// The handle that calls a function of this library.
  ///
  /// @throws UnsatisfiedLinkError if the library has no such function
  @SuppressWarnings("restricted")
  public MethodHandle function(
      String symbol, FunctionDescriptor descriptor, Linker.Option... options) {
    MemorySegment address =
        symbols
            .find(symbol)
            .orElseThrow(() -> new UnsatisfiedLinkError(name + " has no function " + symbol));
    return LINKER.downcallHandle(address, descriptor, options);
  }

  /// The handle that calls the function at an address that a library told.
  @SuppressWarnings("restricted")
  static MethodHandle functionAt(
      long address, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(MemorySegment.ofAddress(address), descriptor, options);
  }
}
