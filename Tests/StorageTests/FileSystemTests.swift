import Foundation
import Storage
import TestSupport
import Testing

@Suite struct FileSystemTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `A file replaces the old one and leaves nothing beside it`() throws {
    try AtomicFile.write([1], to: directory("f"))
    try AtomicFile.write([2, 3], to: directory("f"))
    #expect(try bytes(directory("f")) == [2, 3])
    #expect(try FileSystem.list(directory.path) == ["f"])
  }

  @Test func `Writing where there is no directory is an error`() throws {
    #expect(throws: StorageError.cannotCreate(path: directory("a/b"), code: ENOENT)) {
      try AtomicFile.write([1], to: directory("a/b"))
    }
    try AtomicFile.write([1], to: directory("file"))
    #expect(throws: StorageError.notADirectory(path: directory("file"))) {
      try FileSystem.createDirectory(directory("file"))
    }
    #expect(throws: StorageError.expectedDirectory(path: directory("file"), found: .file)) {
      try FileSystem.list(directory("file"))
    }
    #expect(throws: StorageError.missing(path: directory("none"))) { try FileSystem.list(directory("none")) }
  }

  @Test func `Directories are exchanged in one step`() throws {
    for name in ["a", "b"] {
      try FileSystem.createDirectory(directory(name))
      try AtomicFile.write(Array(name.utf8), to: directory(name + "/f"))
    }
    try FileSystem.exchange(directory("a"), directory("b"))
    #expect(try bytes(directory("a/f")) == Array("b".utf8))
    #expect(try bytes(directory("b/f")) == Array("a".utf8))
  }

  #if os(Linux)
    @Test func `What a file system does not support is told from a fault`() throws {
      // The kernel has one answer, EINVAL, to this and to a file system that cannot exchange.
      try FileSystem.createDirectory(directory("a/b"))
      #expect(throws: StorageError.unsupported(path: directory("a/b"), operation: "exchange")) {
        try FileSystem.exchange(directory("a"), directory("a/b"))
      }
      #expect(throws: StorageError.writeFailed(path: directory("d"), operation: "exchange", code: ENOENT)) {
        try FileSystem.exchange(directory("c"), directory("d"))
      }
      #expect(try FileSystem.synchronize(directory: directory.path))
      #expect(try !FileSystem.synchronize(directory: "/proc"))
      #expect(FileSystem.weakerPromises == [.unflushedDirectory])
    }
  #endif

  @Test func `A link in the place of a directory is seen`() throws {
    try FileSystem.createDirectory(directory("real/inner"))
    #expect(symlink("real", directory("link")) == 0)
    #expect(symlink("nowhere", directory("dangling")) == 0)
    #expect(try FileSystem.isLink(directory("link")) && FileSystem.isLink(directory("dangling")))
    #expect(try !FileSystem.isLink(directory("real")) && !FileSystem.isLink(directory("none")))
    for path in ["link", "link/", "dangling"] {
      #expect(throws: StorageError.linkInTheWay(path: directory(path))) {
        _ = try FileSystem.openDirectoryNoFollow(directory(path))
      }
    }
    #expect(throws: StorageError.missing(path: directory("none"))) {
      _ = try FileSystem.openDirectoryNoFollow(directory("none"))
    }
    #expect(throws: StorageError.cannotCreate(path: directory("dangling"), code: EEXIST)) {
      try FileSystem.createDirectory(directory("dangling"))
    }
    try FileSystem.createDirectory("a/b", below: directory("link"))
    #expect(try FileSystem.type(directory("real/a/b")) == .directory)
    #expect(throws: StorageError.linkInTheWay(path: directory("link"))) {
      try FileSystem.createDirectory("link/c", below: directory.path)
    }
    #expect(throws: StorageError.self) { try FileSystem.createDirectory("../c", below: directory("real")) }
    #expect(try FileSystem.list(directory("real")) == ["a", "inner"])
  }
}

@Suite struct RemovalTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `Removing takes links away and not what they lead to`() throws {
    try FileSystem.createDirectory(directory("out/deep/deeper"))
    try FileSystem.createDirectory(directory("precious"))
    for name in ["precious/f", "out/deep/deeper/f"] { try AtomicFile.write([1], to: directory(name)) }
    #expect(symlink(directory("precious"), directory("out/deep/link")) == 0)
    #expect(symlink("out", directory("link")) == 0)
    #expect(mkfifo(directory("out/pipe"), 0o600) == 0)
    try FileSystem.remove(directory("link/"))
    #expect(try FileSystem.list(directory.path) == ["out", "precious"])
    try FileSystem.remove(directory("out"))
    try FileSystem.remove(directory("out"))
    #expect(try FileSystem.list(directory("precious")) == ["f"])
    #expect(try FileSystem.list(directory.path) == ["precious"])
  }

  #if os(Linux)
    @Test func `Names that are not UTF-8 are seen, renamed and removed`() throws {
      try FileSystem.createDirectory(directory("d"))
      let name = FileName(bytes: [UInt8(ascii: "a"), 0xE9, UInt8(ascii: "b")])
      let path = Array(directory("d/").utf8) + name.bytes
      #expect(mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
      #expect(try FileSystem.entries(directory("d")) == [name] && name.text == nil)
      #expect(try FileSystem.list(directory("d")) == ["a\\xe9b"])
      let other = FileName(bytes: [0xFF, 0xFE])
      try FileSystem.rename(name, to: other, in: directory("d"))
      #expect(try FileSystem.entries(directory("d")) == [other])
      try FileSystem.remove(other, in: directory("d"))
      #expect(try FileSystem.entries(directory("d")) == [])
      #expect(mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
      try FileSystem.remove(directory("d"))
      #expect(try FileSystem.list(directory.path).isEmpty)
    }
  #endif

  @Test func `Trees that are deeper than there are descriptors are refused, not a crash`() throws {
    var place = directory.path
    for _ in 0..<600 { place += "/d" }
    try FileSystem.createDirectory(place)
    #expect(throws: StorageError.self) { try FileSystem.remove(directory("d")) }
    try FileSystem.remove(directory.path + String(repeating: "/d", count: 200))
    try FileSystem.remove(directory("d"))
    #expect(try FileSystem.list(directory.path).isEmpty)
  }
}

@Suite struct PathTests {
  @Test(arguments: [
    ("/a/b/c", "/a/d", "../b/c"), ("/a/b", "/a/b", "."), ("/a", "/a/b/c", "../.."), ("/a/b/c", "/a", "b/c"),
  ])
  func `Relative paths lead back`(path: String, directory: String, relative: String) {
    #expect(FileSystem.relative(path, to: directory) == relative)
  }

  @Test func `Names and parents`() {
    #expect(FileSystem.parent("a/b/") == "a" && FileSystem.name("a/b/") == "b")
    #expect(FileSystem.parent("/a") == "/" && FileSystem.parent("a") == ".")
  }

  @Test func `Whole paths have no links, dots or working directory, whether they exist or not`() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.createDirectory(directory("real"))
    #expect(symlink("real", directory("link")) == 0)
    #expect(symlink("real/later", directory("dangling")) == 0)
    for (path, whole) in [
      ("link/./x", "real/x"), ("link/../x/../y", "y"), ("dangling/z", "real/later/z"), ("no/../link", "real"),
    ] {
      #expect(FileSystem.absolute(directory(path)) == directory(whole))
    }
    #expect(FileSystem.absolute("no/../other") == FileSystem.absolute(".") + "/other")
    #expect(symlink("loop", directory("loop")) == 0)
    #expect(FileSystem.absolute(directory("loop")) == directory("loop"))
  }

  @Test func `What lies in a directory is told whatever links lead there`() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.createDirectory(directory("a/b"))
    try AtomicFile.write([1], to: directory("a/b/f"))
    #expect(symlink("a/b", directory("link")) == 0 && symlink("a/later", directory("dangling")) == 0)
    for path in ["a", "a/", "a/b/f", "a/none/c", "link", "link/x", "link/..", "dangling", "z/../a/c"] {
      #expect(try FileSystem.contains(directory("a"), directory(path)), "\(path)")
    }
    for path in [".", "ab", "link/../../c", "a/..", "a/b/../.."] {
      #expect(try !FileSystem.contains(directory("a"), directory(path)), "\(path)")
    }
    #expect(try FileSystem.contains(directory("link"), directory("a/b/f")))
    #expect(try FileSystem.contains(directory("none"), directory("none/a")))
    #expect(try !FileSystem.contains(directory("none"), directory("none2")))
    #expect(try FileSystem.contains("/", directory("none")))
    #expect(symlink("loop", directory("loop")) == 0)
    #expect(throws: StorageError.unreadable(path: directory("loop/x"), code: ELOOP)) {
      try FileSystem.contains(directory("a"), directory("loop/x"))
    }
  }
}
