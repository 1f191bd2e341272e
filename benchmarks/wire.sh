# wire.sh: programs under test in network namespaces of their own. Sourced by handshakes, flood and clients, after prepare.sh.
#
# A program is its command line up to the name of the interface, which it serves in the foreground: 'wireguard-go -f'.
scratch=$(mktemp -d) tag=b$$ pids=() namespaces=()
down() { # ends what was started and removes what was made, newest first
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" 2>/dev/null; done
  for ((i = ${#namespaces[@]} - 1; i >= 0; i--)); do ip netns del "${namespaces[i]}" 2>/dev/null; done
  pids=() namespaces=()
}
trap 'down; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

programs_or_ours() { # [PROGRAM ...]: sets programs; without any, WireGate as it is built now
  programs=("$@")
  [[ $# -gt 0 ]] || programs=("$root/wiregate tun -f")
  [[ "${programs[*]}" != *"$root/wiregate"* ]] || "$root/wiregate" build >&2 || exit 1
}
need() { # TOOL PACKAGE ...
  while [[ $# -gt 0 ]]; do
    type -P "$1" >/dev/null || fail "needs $1: 'apt install $2'."
    shift 2
  done
}
namespace() { # NAME
  ip netns add "$tag$1" || fail 'could not make network namespaces: are you root?'
  namespaces+=("$tag$1")
  ip -n "$tag$1" link set lo up
}
cable() { # A B NETWORK: a veth pair; A has NETWORK.1, B has NETWORK.2
  ip link add "to$2" netns "$tag$1" type veth peer name "to$1" netns "$tag$2"
  ip -n "$tag$1" addr add "$3.1/24" dev "to$2"
  ip -n "$tag$2" addr add "$3.2/24" dev "to$1"
  ip -n "$tag$1" link set "to$2" up
  ip -n "$tag$2" link set "to$1" up
}
serve() { # NAMESPACE INTERFACE PROCESSORS PROGRAM: starts the program on those processors; sets served, its process
  local n
  # shellcheck disable=SC2086 # words
  LOG_LEVEL=error ip netns exec "$tag$1" taskset -c "$3" $4 "$2" >"$scratch/$2.log" 2>&1 &
  served=$!
  pids+=("$served")
  for ((n = 0; n < 1000; n++)); do
    [[ -S /var/run/wireguard/$2.sock ]] && return
    kill -0 "$served" 2>/dev/null || break
    sleep 0.02
  done
  fail "'$4' did not start: $(tail -n 3 "$scratch/$2.log")"
}
used() { # PID: user and system ticks
  sed 's/.*) //' "/proc/$1/stat" | awk '{print $12, $13}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
column() { awk -v c="$2" '{print $c}' "$1" | median; } # FILE COLUMN
heading() { # WHAT: what every result begins with
  printf '%s: %s\n%s, %s processors, Linux %s; %s\n\n' "$1" "$commit" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$("${java[@]}" io.wiregate.benchmarks.EngineNames)"
}
