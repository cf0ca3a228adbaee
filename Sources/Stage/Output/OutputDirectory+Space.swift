import Storage

extension OutputDirectory {
  /// Warns if the disk may be too small.
  package func announce(bytes: Int, console: Console) {
    guard let free = FileSystem.freeBytes(near: directory) else { return }
    Self.announce(bytes: bytes, free: free, output: output, console: console)
  }

  static func announce(bytes: Int, free: Int, output: String, console: Console) {
    guard bytes > free else { return }
    console.warn(
      "\(output): may need up to \(Format.bytes(bytes)), and \(Format.bytes(free)) are free; "
        + "what is written before the disk is full is kept")
  }
}
