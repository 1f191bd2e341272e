# prepare.sh: builds what changed and sets java, the command line up to the main class. Sourced by run and walk.
#
# What is built here is not checked (docs/adr/0002), and runs on the class path: the modules' internals are then in reach.
prepare() { # sets root, commit, jdk, java
  local out lock
  root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  out=$root/.build/maven
  # The launcher's own way of finding a JDK and Maven: its functions, without its start.
  # shellcheck disable=SC1090
  source <(sed -n '/^fail()/,/^}/p; /^say()/p; /^is_jdk()/,/^}/p; /^find_jdk()/,/^}/p' "$root/wiregate")
  # shellcheck source=../packaging/launcher/build.sh
  source "$root/packaging/launcher/build.sh"
  built_with=
  find_jdk javac
  find_mvn
  mkdir -p "$out"
  exec {lock}>"$root/.build/lock"
  flock "$lock"
  if [[ ! -s $out/benchmarks/class-path || -n $(find "$root"/{.,native-bindings,dataplane,benchmarks}/pom.xml \
    "$root"/{native-bindings,dataplane,benchmarks}/src/main -newer "$out/benchmarks/class-path" -print -quit) ]]; then
    say 'building the benchmarks ...'
    started=$EPOCHSECONDS
    rm -f "$out/benchmarks/class-path"
    run_mvn "$root/.build/benchmarks.log" -Plauncher -pl benchmarks -am package || build_failed "$root/.build/benchmarks.log"
  fi
  java=("$jdk/bin/java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED
    -cp "$(<"$out/benchmarks/class-path")")
  exec {lock}>&-
  commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
  [[ -z $(git -C "$root" status --porcelain --untracked-files=no 2>/dev/null) ]] || commit+=' and changes'
}
