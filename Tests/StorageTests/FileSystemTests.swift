import Storage
import TestSupport
import Testing

@Suite struct FileSystemTests {
  @Test func `A file replaces the old one and leaves nothing beside it`() throws {
    let directory = try TemporaryDirectory()
    try AtomicFile.write([1], to: directory("f"))
    try AtomicFile.write([2, 3], to: directory("f"))
    #expect(try bytes(directory("f")) == [2, 3])
    #expect(try FileSystem.list(directory.path) == ["f"])
  }

  @Test func `Writing where there is no directory is an error`() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: StorageError.self) { try AtomicFile.write([1], to: directory("a/b")) }
    try AtomicFile.write([1], to: directory("file"))
    #expect(throws: StorageError.notADirectory(path: directory("file"))) {
      try FileSystem.createDirectory(directory("file"))
    }
  }

  @Test func `Directories are exchanged in one step`() throws {
    let directory = try TemporaryDirectory()
    for name in ["a", "b"] {
      try FileSystem.createDirectory(directory(name))
      try AtomicFile.write(Array(name.utf8), to: directory(name + "/f"))
    }
    try FileSystem.exchange(directory("a"), directory("b"))
    #expect(try bytes(directory("a/f")) == Array("b".utf8))
    #expect(try bytes(directory("b/f")) == Array("a".utf8))
  }

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
}
