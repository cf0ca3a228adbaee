import Foundation
import Storage
import TestSupport
import Testing

@Suite struct OutputFileTests {
  private let directory: TemporaryDirectory
  private struct Enough: Error {}

  init() throws { directory = try TemporaryDirectory() }

  private func write(_ pieces: [[UInt8]], to path: String) throws {
    try OutputFile.check(path)
    let file = try OutputFile.open(path)
    for piece in pieces { try file.write(piece) }
    try file.finish()
  }

  private func type(_ path: String) throws -> FileType? {
    try FileSystem.isLink(path) ? .link : FileSystem.type(path)
  }

  @Test func `A file appears when it is whole, and keeps the mode of the one it replaces`() throws {
    let path = directory("f")
    try Data([1]).write(to: .init(filePath: path))
    #expect(chmod(path, 0o640) == 0)
    let file = try OutputFile.open(path)
    try file.write([2])
    try file.write([3, 4])
    #expect(try bytes(path) == [1])
    try file.finish()
    #expect(try bytes(path) == [2, 3, 4])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    #expect(try FileSystem.list(directory.path) == ["f"])
  }

  @Test func `A writer that is dropped leaves what was there`() throws {
    try write([[1]], to: directory("f"))
    for name in ["f", "g"] { try OutputFile.open(directory(name)).write([2]) }
    #expect(try bytes(directory("f")) == [1])
    #expect(try FileSystem.list(directory.path) == ["f"])
  }

  @Test func `A link is followed and stays, also one that leads nowhere yet`() throws {
    try FileSystem.createDirectory(directory("there"))
    try write([[1]], to: directory("there/old"))
    for name in ["old", "new"] {
      #expect(symlink("there/" + name, directory(name)) == 0)
      #expect(symlink(directory(name), directory(name + "-twice")) == 0)
      try write([[2, 3]], to: directory(name + "-twice"))
      #expect(try type(directory(name)) == .link && type(directory(name + "-twice")) == .link)
      #expect(try bytes(directory("there/" + name)) == [2, 3])
    }
    #expect(try FileSystem.list(directory("there")) == ["new", "old"])
  }

  @Test func `A named pipe gets the bytes and stays one`() throws {
    let path = directory("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/sh")
    reader.arguments = ["-c", "sleep 0.2; cat <'\(path)' >'\(directory("got"))'"]
    try reader.run()
    try write([Array(content[..<5]), Array(content[5...])], to: path)
    reader.waitUntilExit()
    #expect(try type(path) == .pipe)
    #expect(try bytes(directory("got")) == content)
    #expect(try FileSystem.list(directory.path) == ["got", "pipe"])
  }

  @Test func `Waiting for the reader of a pipe ends when the user has had enough`() throws {
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    var looks = 0
    #expect(throws: Enough.self) {
      _ = try OutputFile.open(directory("pipe")) {
        looks += 1
        if looks == 3 { throw Enough() }
      }
    }
    let reader = open(directory("pipe"), O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try OutputFile.open(directory("pipe")) { throw Enough() }
    #expect(throws: Enough.self) { try file.write([UInt8](repeating: 0, count: 1 << 20)) }
  }

  @Test func `A reader that went away is an error, not the end of the program`() throws {
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    let reader = open(directory("pipe"), O_RDONLY | O_NONBLOCK)
    let file = try OutputFile.open(directory("pipe"))
    close(reader)
    let fault = StorageError.writeFailed(path: directory("pipe"), operation: "write", code: EPIPE)
    #expect(throws: fault) { try file.write([1]) }
    #expect(fault.description.hasSuffix("the reader went away"))
  }

  @Test func `Devices are written to and stay devices`() throws {
    try write([[1, 2]], to: "/dev/null")
    #expect(try type("/dev/null") == .characterDevice)
    #if os(Linux)
      let file = try OutputFile.open("/dev/full")
      #expect(throws: StorageError.writeFailed(path: "/dev/full", operation: "write", code: ENOSPC)) {
        try file.write([1])
      }
    #endif
  }

  @Test func `What is open already, as the standard output is, is written to where it stands`() throws {
    let number = open(directory("out"), O_RDWR | O_CREAT, 0o600)
    defer { close(number) }
    #expect(Foundation.write(number, "ab", 2) == 2)
    try write([Array("cd".utf8)], to: "/dev/fd/\(number)")
    #expect(symlink("/dev/fd/\(number)", directory("link")) == 0)
    try write([Array("ef".utf8)], to: directory("link"))
    #expect(Foundation.write(number, "gh", 2) == 2)
    #expect(try bytes(directory("out")) == Array("abcdefgh".utf8))
    #expect(try FileSystem.list(directory.path) == ["link", "out"])
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    try write([[1, 2, 3]], to: "/dev/fd/\(ends[1])")
    var got = [UInt8](repeating: 0, count: 8)
    #expect(read(ends[0], &got, 8) == 3 && got.prefix(3) == [1, 2, 3])
    #expect(throws: StorageError.self) { try OutputFile.check("/dev/fd/\(ends[0])") }
  }

  @Test func `What cannot be written is said before the work`() throws {
    func expect(_ path: String, _ fault: StorageError) {
      #expect(throws: fault) { try OutputFile.check(path) }
      #expect(throws: fault) { try OutputFile.open(path) }
    }
    expect(directory.path, .notAFile(path: directory.path, found: .directory))
    expect(directory("no/f"), .missingParent(path: directory("no/f"), parent: directory("no")))
    expect(directory("f/"), .cannotCreate(path: directory("f/"), code: EISDIR))
    expect("", .cannotCreate(path: "", code: ENOENT))
    try write([[1]], to: directory("f"))
    expect(directory("f/g"), .notADirectory(path: directory("f"), found: .file))
    #expect(symlink("loop", directory("loop")) == 0)
    expect(directory("loop"), .unreadable(path: directory("loop"), code: ELOOP))
  }

  #if os(Linux)
    @Test func `What may not be written is said before the work`() throws {
      try Data([1]).write(to: .init(filePath: directory("f")))
      try withRightsOfNobody {
        for name in ["f", "g"] {
          #expect(throws: StorageError.cannotCreate(path: directory(name), code: EACCES)) {
            try OutputFile.open(directory(name))
          }
        }
      }
    }
  #endif

  @Test func `What a killed writer of the same file left is removed, and of another is not`() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["true"]
    try process.run()
    process.waitUntilExit()
    var left: [String] = []
    for name in ["f", "g"] {
      let file = try OutputFile.open(directory(name))
      let temporary = try #require(
        try FileSystem.list(directory.path).first { $0.hasPrefix(".\(name).") })
      withExtendedLifetime(file) {}
      left.append(
        temporary.replacingOccurrences(of: ".\(getpid()).", with: ".\(process.processIdentifier)."))
    }
    for name in left { try Data([1]).write(to: .init(filePath: directory(name))) }
    try write([[1]], to: directory("f"))
    #expect(try FileSystem.list(directory.path) == [left[1], "f"])
  }
}
