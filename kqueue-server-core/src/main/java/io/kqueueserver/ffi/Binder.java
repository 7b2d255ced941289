package io.kqueueserver.ffi;

import com.kenai.jffi.Library;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.mapper.FunctionMapper;
import org.jspecify.annotations.Nullable;

/**
 * Binds interfaces to one library, every symbol looked up beforehand: jnr-ffi itself fails only at
 * the first call, and takes a symbol the library lacks from the libraries it depends on.
 */
final class Binder {
  private final String libraryName;
  private final Library library;
  private final Abi abi;
  private final @Nullable Library stranger;
  private final Set<String> missing = ConcurrentHashMap.newKeySet();

  /**
   * @param libraryName path or name; null for the C library the process already has
   * @param whole whether symbols that turn out to be the host C library's do not count
   */
  Binder(@Nullable String libraryName, Abi abi, boolean whole) {
    this.abi = abi;
    this.libraryName = libraryName == null ? LibraryLoader.DEFAULT_LIBRARY : libraryName;
    this.library = libraryName == null ? Library.getDefault() : open(libraryName);
    this.stranger = whole ? hostLibC() : null;
  }

  private static Library open(String name) {
    Library library = Library.openLibrary(name, Library.LAZY | Library.LOCAL);
    if (library == null) {
      throw new NativeUnavailableException(
          "library " + name + " cannot be loaded: " + Library.getLastError(),
          "give its full path, or unset kqueue.server.native.library or .kqueue-library");
    }
    return library;
  }

  private static Library hostLibC() {
    // By name, not through the process: a preloaded library would stand in front of it there.
    Library libc = Library.openLibrary("libc.so.6", Library.LAZY | Library.LOCAL);
    return libc != null ? libc : Library.getDefault();
  }

  /**
   * @throws NativeUnavailableException naming library and symbols if functions are missing that are
   *     not {@link IfPresent}
   */
  <T> T bind(Class<T> calls) {
    Map<String, String> symbols = new HashMap<>();
    Set<String> required = new TreeSet<>();
    for (Method method : calls.getMethods()) {
      String function = method.getName();
      String symbol = find(function);
      if (symbol == null) {
        if (!method.isAnnotationPresent(IfPresent.class)) {
          required.add(tried(function));
        }
        missing.add(function);
        // A name nothing can have, or jnr-ffi would find the host's function after all.
        symbol = function + " (absent)";
      }
      symbols.put(function, symbol);
    }
    if (!required.isEmpty()) {
      throw new NativeUnavailableException(
          (libraryName.equals(LibraryLoader.DEFAULT_LIBRARY) ? "the C library" : libraryName)
              + " has no symbol "
              + String.join(", ", required)
              + ", which ABI "
              + abi
              + " needs",
          libraryName.equals(LibraryLoader.DEFAULT_LIBRARY)
              ? "use a release of this system that has it, or another embedded server here"
              : "use a library built for that ABI, or name the ABI this library follows");
    }
    FunctionMapper mapper = (function, context) -> symbols.getOrDefault(function, function);
    return LibraryLoader.loadLibrary(
        calls, Map.of(LibraryOption.FunctionMapper, mapper), libraryName);
  }

  boolean has(String function) {
    return !missing.contains(function);
  }

  private @Nullable String find(String function) {
    String renamed = abi.symbol(function);
    if (renamed != null && isPresent(renamed)) {
      return renamed;
    }
    // On the host itself the plain name may be an older, binary-incompatible function (NetBSD's
    // kevent).
    boolean mayBePlain = renamed == null || !libraryName.equals(LibraryLoader.DEFAULT_LIBRARY);
    return mayBePlain && isPresent(function) ? function : null;
  }

  private boolean isPresent(String symbol) {
    long address = library.getSymbolAddress(symbol);
    return address != 0 && (stranger == null || address != stranger.getSymbolAddress(symbol));
  }

  private String tried(String function) {
    String renamed = abi.symbol(function);
    return renamed == null || renamed.equals(function) ? function : renamed + " or " + function;
  }
}
