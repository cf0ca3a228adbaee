import Foundation

/// The three standard streams.
enum StandardStreams {
  /// Opens closed streams on /dev/null. Otherwise the next file to be opened would get the number of one, and messages
  /// for stderr would end up in a shard.
  static func reserve() {
    // `open` returns the lowest free number, which is this one, because those below are open by now. The wrong way
    // round, so that reading stdin and writing stdout or stderr still fail as on a closed stream.
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
