# build: brings $root/.build up to date and sets app and built_with anew, or fails with a sentence. One build at a time:
# a second start waits for the first and then finds everything done. Sourced by ../../wiregate.
#
#   .build/current       names the last good build
#   .build/app-TIME      a build: modules/, lib/, java.options, wiregate.aot, stamp
#   .build/maven         Maven's output for these builds, apart from the checked one in target/
#   .build/build.log     what Maven said last
#   .build/unfinished    exists while a build runs, and after one that was cut short
build() {
  local out lock previous started new about
  out=$(cd -P "$root" && pwd)/.build
  if [[ ! -w $root || (-e $out && ! -w $out) ]]; then
    [[ -n $built_with ]] || fail "$root is not built yet and cannot be written by this user: run 'wiregate build' there once as its owner."
    say "the sources in $root are newer than the build, but it cannot be written by this user: running the last build."
    return
  fi
  find_jdk javac
  find_mvn

  umask 022
  mkdir -p "$out" || exit 1
  exec {lock}>"$out/lock"
  if ! flock -n "$lock"; then
    say 'waiting for another build of WireGate to end ...'
    flock "$lock"
  fi
  if find_build && is_current; then # the other one built
    exec {lock}>&-
    return
  fi

  # Half-written classes could look up to date: after a build that was cut short, start from nothing.
  [[ -e $out/unfinished ]] && rm -rf "$out/maven"
  : >"$out/unfinished"
  previous=$app started=$EPOCHSECONDS new=$out/app-$EPOCHREALTIME
  printf '%s\n' "$jdk" "$new" >"$out/stamp"
  about='first time, about 30 s'
  [[ -r $out/seconds ]] && about="the sources changed, about $(<"$out/seconds") s"
  say "building WireGate ($about) ..."

  if ! run_mvn "$out/build.log" -Plauncher -pl packaging -am -Dwiregate.layout="$new" package; then
    build_failed "$out/build.log"
  fi
  mv "$out/stamp" "$new/stamp"
  app=$new
  train >"$out/training.log" 2>&1 || rm -f "$new/wiregate.aot"
  printf '%s\n' "${new##*/}" >"$out/current.new" && mv "$out/current.new" "$out/current" || exit 1
  rm "$out/unfinished"
  printf '%s\n' $((EPOCHSECONDS - started)) >"$out/seconds"
  say "built in $((EPOCHSECONDS - started)) s."
  remove_old "$out" "$new" "$previous"
  exec {lock}>&-
  find_build
}

find_mvn() { # sets mvn
  mvn=$(type -P mvn) || mvn=${MAVEN_HOME:-/usr/share/maven}/bin/mvn
  [[ -x $mvn ]] || fail "needs Maven to build itself and found no mvn: 'apt install maven', or add one's bin directory to PATH."
}

run_mvn() { # LOG ARG ...: Maven on our JDK, interruptible, everything it says into LOG; on a terminal shows where it is
  local log=$1 child status
  shift
  trap 'stop_mvn 130' INT
  trap 'stop_mvn 143' TERM HUP
  # MAVEN_ARGS is read by Maven 3.9 and later: given by us, it works with every version, and not twice.
  # shellcheck disable=SC2086 # both are lists of words
  (cd "$root" && JAVA_HOME=$jdk MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}" MAVEN_ARGS='' \
    exec "$mvn" -B ${MAVEN_ARGS:-} "$@") >"$log" 2>&1 </dev/null &
  child=$!
  [[ -t 2 ]] && show_progress "$log" "$child"
  wait "$child"
  status=$?
  trap - INT TERM HUP
  return $status
}

stop_mvn() { # STATUS
  kill "$child" 2>/dev/null
  wait "$child"
  printf '\n' >&2
  say 'the build was interrupted; the next start builds again.'
  exit "$1"
}

show_progress() { # LOG PID: one line on the terminal, redrawn, until the process ends
  local log=$1 pid=$2 line files=0 module='' tail pause
  exec {tail}<"$log" {pause}<> <(:)
  while kill -0 "$pid" 2>/dev/null; do
    while IFS= read -r -u "$tail" line; do
      case $line in
        *'Downloaded from'*) ((files++)) ;;
        *'Building '*' ['*/*) module=${line#*Building } module=${module%% *} ;;
      esac
    done
    printf '\r\e[K  %d s %s' $((EPOCHSECONDS - started)) "$module" >&2
    ((files)) && printf ', %d files fetched' "$files" >&2
    read -r -t 0.3 -u "$pause"
  done
  printf '\r\e[K' >&2
  exec {tail}<&- {pause}<&-
}

build_failed() { # LOG
  if grep -qE 'Could not transfer|Unknown host|Connection (refused|timed out)|in offline mode' "$1"; then
    say "Maven could not fetch what the build needs: check the network, or the mirror and proxy in ~/.m2/settings.xml ($1)."
  else
    say "the build failed ($1):"
  fi
  grep -E '^\[ERROR\]' "$1" | grep -vE '\[Help|[Rr]e-run Maven|After correcting|mvn <args>|read the following|^\[ERROR\] *$' |
    awk '!seen[$0]++' | head -n 20 | grep . >&2 || tail -n 20 "$1" >&2
  exit 1
}

# THE TRAINING RUN. What the program loads and links here, later starts find ready (JEP 483, 514): one second becomes a
# third of one. As root it is a whole gateway, in a network namespace of its own, to the end of its rehearsal; else it is what
# needs no rights. Two steps, because the one-step form hands its options to a second JVM in JAVA_TOOL_OPTIONS, which cannot
# carry a path with a space.
train() {
  local java state status
  java_command
  java=("${java[@]:0:${#java[@]}-1}" -XX:AOTMode=record "-XX:AOTConfiguration=$app/aot.conf" "${java[-1]}")
  state=$(mktemp -d "$app/training.XXXXXX") || return
  if [[ $EUID == 0 ]] && unshare -n true 2>/dev/null; then
    train_gateway "$state" "${java[@]}" || "${java[@]}" version
  else
    "${java[@]}" version
  fi
  java_command
  # Without pre-linked classes, and so without profiles (JEP 515): they make starts slower, and JDK 25.0.3 aborts while it
  # writes them (archiveHeapWriter.cpp) where a lambda's types are of Java 5, as picocli's are. See ADR 0001.
  "${java[@]:0:${#java[@]}-1}" -XX:AOTMode=create -XX:-AOTClassLinking "-XX:ErrorFile=$app/training-error.log" \
    "-XX:AOTConfiguration=$app/aot.conf" "-XX:AOTCache=$app/wiregate.aot"
  status=$?
  rm -rf "$app/aot.conf" "$state"
  return $status
}

train_gateway() { # STATE JAVA ...: runs 'up' there until it is ready and has rehearsed, at most 30 s
  local state=$1 pid i
  shift
  chmod 755 "$state" # the database's user must reach what is below
  unshare -n sh -c 'ip link set lo up 2>/dev/null; exec "$@"' sh "$@" up --state "$state" --listen 127.0.0.1:0 >"$state/out" &
  pid=$!
  for ((i = 0; i < 300; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    # Ready, and what handshakes and packets need has been rehearsed: a thread of that name does so.
    grep -qs '^ready' "$state/out" && ! grep -qsx rehearsal "/proc/$pid/task/"*/comm && break
    sleep 0.1
  done
  kill "$pid" 2>/dev/null
  wait "$pid"
  [[ -s $app/aot.conf ]]
}

remove_old() { # OUT NEW PREVIOUS: builds that no process runs; the previous one stays, for a start that has just read its name
  local old
  for old in "$1"/app-*; do
    [[ $old -ef $2 || $old -ef $3 ]] && continue
    grep -qsaF "${old##*/}/java.options" /proc/[0-9]*/cmdline || rm -rf "$old"
  done
}
