# prepare.sh: builds what changed and sets java, the command line up to the main class. Sourced by all that run Java.
#
# What is built here is not checked (docs/adr/0002), and runs on the class path: the modules' internals are then in reach.
prepare() { # sets root, commit, jdk, java
  local out app lock jar jars class_path
  root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  out=$root/.build/maven app=$root/.build/benchmarks
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
  if [[ ! -s $app/class-path || -n $(find "$root"/{.,native-bindings,dataplane,benchmarks}/pom.xml \
    "$root"/{native-bindings,dataplane,benchmarks}/src/main -newer "$app/stamp" -print -quit) ]]; then
    say 'building the benchmarks ...'
    started=$EPOCHSECONDS
    rm -rf "$app"
    mkdir "$app" && : >"$app/stamp"
    run_mvn "$root/.build/benchmarks.log" -Plauncher -pl benchmarks -am package || build_failed "$root/.build/benchmarks.log"
    # Apart from Maven's output, which the next ./wiregate build may replace while benchmarks run.
    IFS=: read -ra jars <"$out/benchmarks/class-path"
    class_path=
    for jar in "${jars[@]}"; do
      if [[ $jar == "$out"/* ]]; then
        [[ -d $jar ]] && jar=$(echo "${jar%/*}"/*.jar)
        cp "$jar" "$app/" && jar=$app/${jar##*/}
      fi
      class_path+=$jar:
    done
    printf '%s\n' "${class_path%:}" >"$app/class-path"
  fi
  java=("$jdk/bin/java" "@$root/packaging/launcher/jvm.options" --enable-native-access=ALL-UNNAMED -cp "$(<"$app/class-path")")
  exec {lock}>&-
  commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
  # What a run before this one has recorded is no change of the program.
  [[ -z $(git -C "$root" status --porcelain --untracked-files=no -- . ':!benchmarks/results' ':!docs' 2>/dev/null) ]] ||
    commit+=' and changes'
}
