import Foundation

/// Identity, size and times of a file. While they stay equal, so does the content: every write updates `changed`,
/// which no program can set back.
package struct FileStamp: Hashable, Sendable {
  /// Nanoseconds. File-system clocks are coarse: within this time, a second write may leave the same stamp.
  private static let settlingTime = 2_000_000_000

  /// Number of the file system.
  package let device: Int
  /// Number of the file in its file system.
  package let inode: Int
  /// Size in bytes.
  package let bytes: Int
  /// Time of the last change of the content (`mtime`), in nanoseconds since 1970.
  package let modified: Int
  /// Time of the last change of content, name or permissions (`ctime`), in nanoseconds since 1970.
  package let changed: Int

  /// A stamp that was saved.
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
    // A file system may report any year, even one that overflows; the value is only compared for equality.
    Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ Int(time.tv_nsec)
  }

  /// The stamp of the regular file at `path`, following links; nil if there is none.
  package init?(ofFile path: String) {
    guard let status = try? FileSystem.status(path), FileType(mode: status.st_mode) == .file else {
      return nil
    }
    self.init(status)
  }

  /// The current time in nanoseconds since 1970, comparable with stamps.
  package static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  /// Whether the last change was long enough before `time` that any later write changes the stamp.
  package func isSettled(at time: Int) -> Bool { max(modified, changed) <= time - Self.settlingTime }
}

extension DigestBuilder {
  /// Adds the five numbers of a stamp.
  package mutating func add(_ stamp: FileStamp) {
    add(
      Data(
        [stamp.device, stamp.inode, stamp.bytes, stamp.modified, stamp.changed].flatMap { number in
          withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) }
        }))
  }
}

extension Digest {
  /// The digest of a file, with the stamp under which it may be cached.
  ///
  /// - Parameter path: path of a regular file.
  /// - Returns: the stamp is nil if the file changed while it was read, or less than two seconds before.
  /// - Throws: as `Digest.init(ofFile:)`.
  package static func stamped(ofFile path: String) throws -> (digest: Digest, stamp: FileStamp?) {
    let (before, begin) = (FileStamp(ofFile: path), FileStamp.now)
    let digest = try Digest(ofFile: path)
    guard let before, before.isSettled(at: begin), FileStamp(ofFile: path) == before else {
      return (digest, nil)
    }
    return (digest, before)
  }
}
