package io.wiregate.control.tun;

/// The kinds of traffic that the kernel's `netns.sh` sends through every tunnel (items 2 to 4),
/// between two machines and their inner addresses. There it is as much as three seconds hold; here
/// a few MB.
record Traffic(
    Host first, String first4, String first6, Host second, String second4, String second6) {
  private static final int FIRST_PARALLEL_PORT = 5400;

  /// Sends it all; fails where any does not arrive.
  void carry() {
    second.floodPing(first4);
    first.floodPing(second4);
    second.floodPing(first6);
    first.floodPing(second6);

    first.transferTo(second, second4, "-n", "24M");
    second.transferTo(first, first6, "-n", "24M");
    // As fast as it goes: that it ends is all that can be asked.
    second.transferTo(first, first4, "-u", "-b", "0", "-n", "8M");
    first.transferTo(second, second6, "-u", "-b", "0", "-n", "8M");

    for (int count : new int[] {4, 5, 50}) {
      inParallel(count);
    }
  }

  /// As many servers, clients and connections at once.
  private void inParallel(int count) {
    int last = FIRST_PARALLEL_PORT + count - 1;
    Process servers =
        second
            .namespace()
            .start(
                "bash",
                "-c",
                "for ((port = %d; port <= %d; port++)); do iperf3 -s -1 -B %s -p $port & done; wait"
                    .formatted(FIRST_PARALLEL_PORT, last, second4));
    Await.until(
        count + " servers listen",
        NetnsItems.PATIENCE,
        () ->
            second
                    .exec("ss", "-Hltn", "sport >= :%d".formatted(FIRST_PARALLEL_PORT))
                    .lines()
                    .count()
                == count);
    first.sh(
        """
        for ((port = %d; port <= %d; port++)); do iperf3 -c %s -p $port -n 512K >&2 & clients+=($!); done
        for client in "${clients[@]}"; do wait "$client"; done
        """
            .formatted(FIRST_PARALLEL_PORT, last, second4));
    try {
      servers.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
