import Storage

extension OutputDirectory {
  /// Says so where the disk has less room than the work may take.
  package func announce(bytes: Int, free: Int? = nil, console: Console) {
    guard let free = free ?? FileSystem.freeBytes(near: directory), bytes > free else { return }
    console.warn(
      "\(output): may need up to \(Format.bytes(bytes)), and \(Format.bytes(free)) are free; "
        + "what is written before the disk is full is kept")
  }
}
