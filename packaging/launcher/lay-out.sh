#!/usr/bin/env bash
# lay-out.sh DIR CLASSPATH: called by Maven (packaging/pom.xml) to lay the jars out as they are run: DIR/modules is the
# module path, which takes only what is a real JPMS module and needed as one; DIR/lib is the class path.
set -euo pipefail
shopt -s extglob
dir=$1
IFS=: read -ra jars <<<"$2"

rm -rf "$dir"
mkdir -p "$dir/modules" "$dir/lib"
for jar in "${jars[@]}"; do
  [[ $jar == *.jar ]] || continue # the module 'packaging' itself has no classes
  case ${jar##*/} in
    native-bindings-* | dataplane-* | bcprov-* | jspecify-*) cp "$jar" "$dir/modules/" ;;
    *) cp "$jar" "$dir/lib/" ;;
  esac
done
