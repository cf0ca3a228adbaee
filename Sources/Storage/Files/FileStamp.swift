import Foundation

/// What the file system says of a file. While none of it changes neither have the bytes, as every write moves `changed`,
/// which no program can set back.
package struct FileStamp: Hashable, Sendable {
  /// Clocks of file systems are coarse: a file that was written so shortly before may be written again unseen.
  private static let settlingTime = 2_000_000_000

  /// Of the file system.
  package let device: Int
  /// Number of the file there.
  package let inode: Int
  /// Size.
  package let bytes: Int
  /// When the content was last changed, in nanoseconds since 1970.
  package let modified: Int
  /// When content, name or rights were last changed, in nanoseconds since 1970.
  package let changed: Int

  /// A stamp that was kept.
  package init(device: Int, inode: Int, bytes: Int, modified: Int, changed: Int) {
    (self.device, self.inode, self.bytes) = (device, inode, bytes)
    (self.modified, self.changed) = (modified, changed)
  }

  private init(_ status: stat) {
    #if canImport(Darwin)
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #endif
    self.init(
      device: Int(truncatingIfNeeded: status.st_dev), inode: Int(truncatingIfNeeded: status.st_ino),
      bytes: Int(status.st_size), modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed))
  }

  private static func nanoseconds(_ time: timespec) -> Int {
    // A file system may claim any year.
    Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ Int(time.tv_nsec)
  }

  /// Of the regular file at `path`, links followed; nil where there is none.
  package init?(ofFile path: String) {
    guard let status = try? FileSystem.status(path), FileType(mode: status.st_mode) == .file else {
      return nil
    }
    self.init(status)
  }

  /// Now, on the clock that stamps are compared with.
  package static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  /// Whether the file had been left alone for so long at a time that a later write shows in the stamp.
  package func isSettled(at time: Int) -> Bool { max(modified, changed) <= time - Self.settlingTime }
}

extension DigestBuilder {
  /// How a file looks.
  package mutating func add(_ stamp: FileStamp) {
    add(
      Data(
        [stamp.device, stamp.inode, stamp.bytes, stamp.modified, stamp.changed].flatMap { number in
          withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) }
        }))
  }
}

extension Digest {
  /// The digest of a whole file, and the stamp under which it may be remembered.
  ///
  /// - Parameter path: of a regular file.
  /// - Returns: the stamp is nil for a file that was changed while it was read, or within two seconds before.
  /// - Throws: `StorageError.missing`, `.unreadable`.
  package static func stamped(ofFile path: String) throws -> (digest: Digest, stamp: FileStamp?) {
    let (before, begin) = (FileStamp(ofFile: path), FileStamp.now)
    let digest = try Digest(ofFile: path)
    guard let before, before.isSettled(at: begin), FileStamp(ofFile: path) == before else {
      return (digest, nil)
    }
    return (digest, before)
  }
}
