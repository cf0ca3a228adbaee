import Foundation
import Storage
import TestSupport
import Testing

@Suite struct InputFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `What is no regular file is refused at once and named`() throws {
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    // Not in the directory: the name of a socket has little room.
    let socket = "/tmp/dk-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let number = try openSocket(socket)
    defer {
      close(number)
      unlink(socket)
    }
    #expect(symlink("pipe", directory("link")) == 0)
    for (path, found) in [
      (directory("pipe"), FileType.pipe), (directory("link"), .pipe), (socket, .socket),
      (directory.path, .directory), ("/dev/null", .characterDevice),
    ] {
      #expect(throws: StorageError.notAFile(path: path, found: found)) { try InputFile(path) }
      #expect(throws: StorageError.notAFile(path: path, found: found)) {
        try IDXReader(path, axes: 1, elementTypes: [8])
      }
      #expect(throws: StorageError.notAFile(path: path, found: found)) { try SafetensorsReader(path) }
      #expect(throws: StorageError.notAFile(path: path, found: found)) { try Digest(ofFile: path) }
    }
    #expect(
      StorageError.notAFile(path: "p", found: .pipe).description
        == "p: expected a file, found a named pipe; give the path of a file")
  }

  private func openSocket(_ path: String) throws -> Int32 {
    #if os(Linux)
      let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let number = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    return number
  }

  @Test func `Nothing there, a circle of links and no rights are told apart`() throws {
    try AtomicFile.write([1], to: directory("f"))
    #expect(symlink("loop", directory("loop")) == 0)
    #expect(symlink("nowhere", directory("dangling")) == 0)
    for name in ["none", "f/g", "dangling"] {
      #expect(throws: StorageError.missing(path: directory(name))) { try InputFile(directory(name)) }
      #expect(try FileSystem.type(directory(name)) == nil)
    }
    let loop = StorageError.unreadable(path: directory("loop"), code: ELOOP)
    #expect(throws: loop) { try InputFile(directory("loop")) }
    #expect(throws: loop) { try FileSystem.type(directory("loop")) }
    #expect(loop.kind == .inputOutput)
  }

  #if os(Linux)
    @Test func `No rights are neither damage nor nothing there`() throws {
      try FileSystem.createDirectory(directory("d"))
      try AtomicFile.write([1], to: directory("d/f"))
      #expect(chmod(directory("d/f"), 0) == 0)
      func refused(_ path: String) {
        let fault = StorageError.unreadable(path: path, code: EACCES)
        #expect(throws: fault) { try InputFile(path) }
        #expect(fault.kind == .inputOutput && fault.description.hasSuffix("check permissions"))
      }
      try withRightsOfNobody {
        refused(directory("d/f"))
        let type = try FileSystem.type(directory("d/f"))
        #expect(type == .file)
      }
      #expect(chmod(directory("d"), 0) == 0)
      try withRightsOfNobody {
        refused(directory("d/f"))
        #expect(throws: StorageError.unreadable(path: directory("d/f"), code: EACCES)) {
          try FileSystem.type(directory("d/f"))
        }
        #expect(throws: StorageError.unreadable(path: directory("d"), code: EACCES)) {
          try FileSystem.list(directory("d"))
        }
        #expect(throws: StorageError.cannotCreate(path: directory("d/e"), code: EACCES)) {
          try FileSystem.createDirectory(directory("d/e"))
        }
      }
      #expect(chmod(directory("d"), 0o700) == 0)
    }

    @Test func `A disk that cannot be read is no damage`() throws {
      // Where nothing is mapped, the kernel answers as a broken disk does.
      let file = try InputFile("/proc/self/mem")
      let fault = StorageError.unreadable(path: "/proc/self/mem", code: EIO)
      #expect(throws: fault) { try file.read(offset: 0, count: 8) }
      #expect(fault.kind == .inputOutput)
    }
  #endif

  @Test func `More than there is memory for is said`() throws {
    try AtomicFile.write([1], to: directory("f"))
    #expect(throws: StorageError.outOfMemory(path: directory("f"), bytes: 1 << 60)) {
      try InputFile(directory("f")).read(offset: 0, count: 1 << 60)
    }
  }

  @Test func `Reading beyond the end and beyond the limit are errors`() throws {
    try AtomicFile.write([1, 2, 3], to: directory("f"))
    #expect(throws: StorageError.truncated(path: directory("f"), expected: 5, found: 3)) {
      try InputFile(directory("f")).read(offset: 1, count: 4)
    }
    #expect(throws: StorageError.tooLarge(path: directory("f"), bytes: 3, limit: 2)) {
      try InputFile.contents(of: directory("f"), limit: 2)
    }
  }
}
