import Foundation

/// Type of a directory entry; `rawValue` is its name in messages.
package enum FileType: String, Sendable {
  case file = "a file"
  case directory = "a directory"
  case link = "a symbolic link"
  case pipe = "a named pipe"
  case socket = "a socket"
  case characterDevice = "a device"
  case blockDevice = "a block device"
  case other = "something unknown"

  init(mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .other
      }
  }
}
