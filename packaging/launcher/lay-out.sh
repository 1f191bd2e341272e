#!/usr/bin/env bash
# lay-out.sh DIR JDK CLASSPATH: called by Maven (packaging/pom.xml) to lay the jars out as they are run.
#
#   DIR/modules        the module path: what is a real JPMS module and needed as one
#   DIR/lib            the rest
#   DIR/class-path     the names of the files in lib, in Maven's order
#   DIR/java.options   the JVM's options that do not depend on where DIR is, as an argument file of java
set -euo pipefail
dir=$1
jdk=$2
IFS=: read -ra jars <<<"$3"

# Bouncy Castle signs its jar for those who use it as a JCE provider, which we do not. The JVM keeps no class of a signed
# jar in its ahead-of-time cache, and verifies all of it when the first one is needed: in the first handshake.
unsign() { # JAR COPY
  local whole=$dir/unsigned
  "$jdk/bin/jar" --extract --file "$1" --dir "$whole"
  rm -f "$whole"/META-INF/*.{SF,RSA,DSA,EC}
  sed -i '/^\r*$/,$d' "$whole/META-INF/MANIFEST.MF" # the digests come after the first empty line
  "$jdk/bin/jar" --create --file "$2" --manifest "$whole/META-INF/MANIFEST.MF" -C "$whole" .
  rm -r "$whole"
}

rm -rf "$dir"
mkdir -p "$dir/modules" "$dir/lib"
for jar in "${jars[@]}"; do
  file=${jar##*/}
  case $file in
    bcprov-*.jar)
      unsign "$jar" "$dir/modules/$file"
      ;;
    native-bindings-*.jar | dataplane-*.jar | jspecify-*.jar)
      cp "$jar" "$dir/modules/$file"
      ;;
    *.jar)
      cp "$jar" "$dir/lib/$file"
      printf '%s\n' "$file" >>"$dir/class-path"
      ;;
  esac # else the directory of the module 'packaging' itself, which has no classes
done

{
  cat "${0%/*}/jvm.options"
  cat <<'END'
# A process that lacks memory serves a part of its clients at best: whoever started it starts it again.
-XX:+ExitOnOutOfMemoryError
# Only the bindings may call native code.
--enable-native-access=io.wiregate.os
--add-modules=io.wiregate.dataplane
# The JVM's own warnings: not on standard output, which is the command's, and none about a cache that does not fit.
-Xlog:disable
-Xlog:all=warning,aot*=off,cds*=off:stderr
END
} >"$dir/java.options"
