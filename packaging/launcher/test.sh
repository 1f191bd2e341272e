# run_tests [MAVEN_ARG ...]: formatting, static analysis and every test, then one line 'N passed, N failed, N skipped' over all
# modules. Installs what the tests need where it may (root, Debian). Sourced by ../../wiregate.
#
# Exit status: 0 if something ran and nothing failed. A build that fails outside a test (formatting, a warning, a
# crashed test process) counts as one failure, so that the last line alone tells.

# What the tests run beside the JDK and Maven: a program that each package brings (or a library), and the package.
test_tools='wg:wireguard-tools wireguard-go:wireguard-go iperf3:iperf3 nft:nftables ip:iproute2 ping:iputils-ping
  conntrack:conntrack ps:procps nc:netcat-openbsd tshark:tshark libsodium.so.23:libsodium23
  android/libcrypto.so.0:android-libboringssl libIPSec_MB.so.[12]:libipsec-mb1'

run_tests() {
  local status=0 reports
  install_test_tools
  find_jdk javac
  . "$launcher/build.sh"
  find_mvn
  [[ -n ${WIREGUARD_GO:-} ]] || WIREGUARD_GO=$("$root/.ci/wireguard-go") && export WIREGUARD_GO

  cd "$root" || exit 1
  rm -rf ./*/target/surefire-reports ./*/target/conformance
  # shellcheck disable=SC2086 # a list of words
  JAVA_HOME=$jdk MAVEN_OPTS="-XX:+UseSerialGC ${MAVEN_OPTS:-}" MAVEN_ARGS='' \
    "$mvn" -B --no-transfer-progress ${MAVEN_ARGS:-} -Dmaven.test.failure.ignore=true verify "$@" || status=1
  ((status == 0)) || say 'the build failed outside a test: see the first [ERROR] above; counted as one failure.'

  (($#)) || check_conformance || status=1
  reports=(./*/target/surefire-reports/TEST-*.xml)
  [[ -e ${reports[0]} ]] || reports=(/dev/null)
  # The counts are attributes of each report's one <testsuite>, which may span lines.
  awk -v broken="$status" '
    function attribute(name) { return match(head, " " name "=\"[0-9]+\"") ? substr(head, RSTART + length(name) + 3) + 0 : 0 }
    FNR == 1 { head = ""; open = 1 }
    open { head = head " " $0 }
    open && />/ && head ~ /<testsuite[ \n]/ {
      sub(/.*<testsuite/, "", head); sub(/>.*/, "", head); open = 0
      tests += attribute("tests"); failed += attribute("failures") + attribute("errors"); skipped += attribute("skipped")
    }
    END {
      printf "\n%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed + broken, skipped
      exit tests == 0 || failed + broken > 0
    }' "${reports[@]}"
}

# Makes the conformance report of a whole run, and compares it with the one in the checkout. A run in which tests were
# skipped has not shown everything, so only CI, where that is a failure anyway, insists then.
check_conformance() {
  local report=$root/packaging/target/conformance.md
  "$jdk/bin/java" -cp native-bindings/target/test-classes io.wiregate.os.testing.conformance.ConformanceReport \
    docs/conformance.rules "$report" native-bindings dataplane control || return
  if [[ -z ${CI:-} ]] && grep -qs '<skipped' ./*/target/surefire-reports/TEST-*.xml; then
    say 'docs/conformance.md is not compared with this run, which skipped tests.'
    return 0
  fi
  diff -u <(of_ours <docs/conformance.md) <(of_ours <"$report") >&2 && return
  say "docs/conformance.md says something else than this run (above). If the run is right: cp ${report#"$root"/} docs/"
  return 1
}

# Without what another implementation shows: on a busy machine it may fail now and then, which is no fault of ours.
of_ours() {
  sed -E 's/(wireguard-go holds )[0-9]+/\1so many/; s/^(\| `.* \| (yes|–|\*\*no\*\*) \| )(yes|–|\*\*no\*\*) \|/\1… |/'
}

install_test_tools() {
  local pair name missing=()
  is_missing_jdk && missing+=(openjdk-25-jdk-headless)
  type -P mvn >/dev/null || missing+=(maven)
  for pair in $test_tools; do
    name=${pair%%:*}
    case $name in
      *.so.*) compgen -G "/usr/lib/*/$name" >/dev/null || compgen -G "/usr/lib/$name" >/dev/null ;;
      *) PATH=$PATH:/usr/sbin:/sbin type -P "$name" >/dev/null ;;
    esac || missing+=("${pair##*:}")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) || ! type -P apt-get >/dev/null; then
    say "tests that need them will be skipped, or fail where CI is set: ${missing[*]} (installed by themselves as root on Debian)."
    return 0
  fi
  say "installing what the tests need: ${missing[*]}"
  # One by one, where the whole does not do: what one release does not have must not keep the rest away.
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}"; } >&2 || {
    for name in "${missing[@]}"; do
      DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$name" >&2 || say "could not install $name."
    done
  }
}

is_missing_jdk() { ! (find_jdk javac) 2>/dev/null; }
