package io.kqueueserver.heap;

import io.kqueueserver.KqueueServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Loads this project's classes once more, apart from those of other tests, with a call of {@link
 * ScarceHeap#take} before each allocation of an array in code of the server: of its own, and those
 * of the JDK's that it asks for (copies, buffers, strings and their bytes, collections that may
 * grow). Tests are loaded as they are. Static initializers are left out: a class whose initializer
 * has failed is lost for good, which is the JVM's. ASM comes with jnr-ffi.
 */
public final class ScarceHeapLoader extends ClassLoader {
  private static final String PACKAGE = "io.kqueueserver.";
  private static final String HOOK = Type.getInternalName(ScarceHeap.class);
  private static final URL SERVER =
      KqueueServer.class.getProtectionDomain().getCodeSource().getLocation();

  /** Methods of the JDK that allocate an array, or may. */
  private static final Map<String, Set<String>> ALLOCATING =
      Map.ofEntries(
          Map.entry("java/util/Arrays", Set.of("copyOf", "copyOfRange")),
          Map.entry("java/nio/ByteBuffer", Set.of("allocate")),
          Map.entry(
              "java/lang/String",
              Set.of("<init>", "getBytes", "substring", "concat", "toLowerCase", "toUpperCase")),
          Map.entry("java/lang/StringBuilder", Set.of("<init>", "append", "toString")),
          Map.entry("java/util/ArrayDeque", Set.of("<init>", "add", "addLast", "addFirst", "push")),
          Map.entry("java/util/ArrayList", Set.of("<init>", "add", "addAll")),
          Map.entry("java/util/HashMap", Set.of("put", "computeIfAbsent", "merge")),
          Map.entry("java/util/List", Set.of("add", "addAll", "of", "copyOf", "toArray")),
          Map.entry("java/util/Map", Set.of("put", "of", "copyOf", "computeIfAbsent", "merge")),
          Map.entry("java/util/PriorityQueue", Set.of("add", "offer")));

  static {
    registerAsParallelCapable();
  }

  public ScarceHeapLoader() {
    super(ScarceHeapLoader.class.getClassLoader());
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(PACKAGE)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    URL file = getResource(name.replace('.', '/') + ".class");
    if (file == null) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = file.openStream()) {
      byte[] code = in.readAllBytes();
      if (file.toString().startsWith(SERVER.toString())) {
        code = scarce(name.substring(PACKAGE.length()), code);
      }
      return defineClass(name, code, 0, code.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private static byte[] scarce(String name, byte[] code) {
    ClassReader reader = new ClassReader(code);
    ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String method, String type, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, method, type, signature, exceptions);
            return method.equals("<clinit>") ? next : new Sites(next, name + "." + method);
          }
        },
        0);
    return writer.toByteArray();
  }

  private static boolean allocates(String owner, String method, String type) {
    boolean isEmpty = type.startsWith("()") && Set.of("of", "<init>").contains(method);
    return ALLOCATING.getOrDefault(owner, Set.of()).contains(method)
        && !(isEmpty && !owner.endsWith("Deque")); // an empty list shares its array
  }

  /** Calls the hook before each allocation of a method. */
  private static final class Sites extends MethodVisitor {
    private final String method;
    private int line;

    Sites(MethodVisitor next, String method) {
      super(Opcodes.ASM9, next);
      this.method = method;
    }

    private void hook() {
      super.visitLdcInsn(method + ":" + line);
      super.visitMethodInsn(Opcodes.INVOKESTATIC, HOOK, "take", "(Ljava/lang/String;)V", false);
    }

    @Override
    public void visitLineNumber(int number, Label start) {
      line = number;
      super.visitLineNumber(number, start);
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      if (opcode == Opcodes.NEWARRAY) {
        hook();
      }
      super.visitIntInsn(opcode, operand);
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      if (opcode == Opcodes.ANEWARRAY) {
        hook();
      }
      super.visitTypeInsn(opcode, type);
    }

    @Override
    public void visitMultiANewArrayInsn(String type, int dimensions) {
      hook();
      super.visitMultiANewArrayInsn(type, dimensions);
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String type, org.objectweb.asm.Handle bootstrap, Object... arguments) {
      if (name.equals("makeConcatWithConstants")) {
        hook();
      }
      super.visitInvokeDynamicInsn(name, type, bootstrap, arguments);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String type, boolean isInterface) {
      boolean clones = owner.startsWith("[") && name.equals("clone");
      if (clones || allocates(owner, name, type)) {
        hook();
      }
      super.visitMethodInsn(opcode, owner, name, type, isInterface);
    }
  }
}
