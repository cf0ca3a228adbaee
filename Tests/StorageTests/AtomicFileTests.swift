import Foundation
import Storage
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// The name of the temporary that a writer of `path` has at this moment.
  private func temporaryName(of path: String) throws -> String {
    let file = try OutputFile.open(path)
    defer { withExtendedLifetime(file) {} }
    return try #require(
      try FileSystem.list(FileSystem.parent(path)).first { AtomicFile.isTemporary($0) })
  }

  /// A process that is gone.
  private func deadProcess() throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["true"]
    try process.run()
    process.waitUntilExit()
    return process.processIdentifier
  }

  @Test func `Temporaries of killed runs are removed and nothing else`() throws {
    let own = try temporaryName(of: directory("f"))
    var fields = own.split(separator: ".").map(String.init)
    try #require(fields.count == 5 && fields[0] == "f" && fields[2] == "\(getpid())")
    func name(host: String? = nil, process: Int32) -> String {
      fields[2] = "\(process)"
      var named = fields
      if let host { named[1] = host }
      return "." + named.joined(separator: ".")
    }
    let dead = try deadProcess()
    let kept = [
      name(process: getpid()), name(host: "elsewhere-00000000", process: dead), "thesis.tmp", "f.123.tmp",
      ".f.\(dead).tmp", String(name(process: dead).dropFirst()), name(process: dead) + ".bak",
    ]
    for name in kept + [name(process: dead), "f"] {
      try Data([1]).write(to: .init(filePath: directory(name)))
    }
    // The right name, and no regular file.
    fields[3] = "0123456789abcdef"
    let link = name(process: dead)
    #expect(symlink(directory("f"), directory(link)) == 0)
    fields[3] = "fedcba9876543210"
    let folder = name(process: dead)
    for folder in ["notes.tmp", folder] {
      try FileSystem.createDirectory(directory(folder))
      try Data([1]).write(to: .init(filePath: directory(folder + "/a.txt")))
    }
    try AtomicFile.removeTemporaries(in: directory.path)
    #expect(try FileSystem.list(directory.path) == (kept + ["f", "notes.tmp", link, folder]).sorted())
    #expect(try FileSystem.list(directory(folder)) == ["a.txt"])
  }

  @Test func `Names are new each time, and a link planted for one is not followed`() throws {
    let first = try temporaryName(of: directory("f"))
    let second = try temporaryName(of: directory("f"))
    #expect(first != second)
    try Data([9]).write(to: .init(filePath: directory("victim")))
    for planted in ["f.\(getpid()).tmp", first, second] {
      #expect(symlink(directory("victim"), directory(planted)) == 0)
    }
    try AtomicFile.write([1], to: directory("f"))
    #expect(try bytes(directory("victim")) == [9] && bytes(directory("f")) == [1])
  }

  @Test(arguments: [
    ".f.host-1a2b3c4d.17.0123456789abcdef.dk-tmp", ".a.b.c.h.1.0000000000000000.dk-tmp",
  ])
  func `Names of our form are told`(name: String) { #expect(AtomicFile.isTemporary(name)) }

  @Test(arguments: [
    "", ".dk-tmp", "f.dk-tmp", "thesis.tmp", ".f.host.17.dk-tmp", "f.host.17.0123456789abcdef.dk-tmp",
    ".f.host.17.0123456789abcde.dk-tmp", ".f.host.17.0123456789ABCDEF.dk-tmp",
    ".f.host.017.0123456789abcdef.dk-tmp", ".f.host.-1.0123456789abcdef.dk-tmp",
    ".f.host.x.0123456789abcdef.dk-tmp", ".f.ho_st.17.0123456789abcdef.dk-tmp",
    "..host.17.0123456789abcdef.dk-tmp", ".f..17.0123456789abcdef.dk-tmp",
    ".f.host.17.0123456789abcdef.dk-tmp2", ".f.host.99999999999.0123456789abcdef.dk-tmp",
  ])
  func `Names of other forms are nobody's but the user's`(name: String) {
    #expect(!AtomicFile.isTemporary(name))
  }

  @Test(arguments: [String(repeating: "n", count: 255), String(repeating: "é", count: 127)])
  func `A name as long as names can be works`(name: String) throws {
    try AtomicFile.write([1], to: directory(name))
    try AtomicFile.write([2], to: directory(name))
    #expect(try bytes(directory(name)) == [2])
    #expect(try FileSystem.list(directory.path) == [name])
  }
}
