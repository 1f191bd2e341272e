# detach COMMAND [ARG ...]: starts the command in a session of its own, waits until it says that it serves, and exits 0;
# or exits with its status once it has ended. Sourced by ../../wiregate.
#
# The command gets the writing end of a pipe as descriptor 3, named by WIREGATE_READY_FD: a line 'ready' ends the wait, any
# other line is shown. Standard error goes the same way, so that nothing of the caller's stays open afterwards (one who
# reads this script's output to its end would wait for ever); only LOG_LEVEL keeps the caller's, as wireguard-go does.
detach() {
  local pipe line child
  case ${LOG_LEVEL:-silent} in
    silent) exec {pipe}< <(WIREGATE_READY_FD=3 exec setsid "$@" 3>&1 2>&1 >/dev/null </dev/null) ;;
    *) exec {pipe}< <(WIREGATE_READY_FD=3 exec setsid "$@" 3>&1 >&2 </dev/null) ;;
  esac
  child=$!
  trap 'kill "$child" 2>/dev/null; exit 130' INT
  trap 'kill "$child" 2>/dev/null; exit 143' TERM HUP
  while IFS= read -r -u "$pipe" line; do
    [[ $line == ready ]] && exit 0
    printf '%s\n' "$line" >&2
  done
  wait "$child"
  exit
}
