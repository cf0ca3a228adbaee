import Foundation

/// The three streams that every program counts on.
enum StandardStreams {
  /// Takes the numbers of streams that are closed: the next file that is opened would have one of them, and what is
  /// said on stderr would stand in a shard. Reading and writing there fail as before.
  static func reserve() {
    // Each is the lowest number that is free when its turn comes, so that is what `open` gives.
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
