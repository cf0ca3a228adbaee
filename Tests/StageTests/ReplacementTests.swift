import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// `--force`: the old directory stays valid until the new one takes its place, and what is not ours stays.
@Suite struct ReplacementTests {
  private let space: StageSpace

  init() throws { space = try StageSpace() }

  private func seed(_ path: String? = nil) throws -> JSONValue? {
    try FinishedDirectory(path ?? space.output).manifest.parameters["seed"]
  }

  @Test func `The old output stays valid until the new one is complete`() throws {
    try space.make(space.plan())
    let old = try FinishedDirectory(space.output).digest
    try space.make(space.plan(seed: 2), force: true, limit: 1)
    #expect(try FinishedDirectory(space.output).digest == old)
    #expect(try space.make(space.plan(seed: 2), force: true) == [ShardFile.name(1)])
    #expect(try seed() == 2)
    #expect(try FileSystem.list(space.directory.path) == ["out"])
  }

  @Test func `The command of the old output leaves a replacement that was begun as it is`() throws {
    try space.make(space.plan())
    try space.make(space.plan(seed: 2), force: true, limit: 1)
    try AtomicFile.write([1], to: space.directory(".out.next/scratch"))
    #expect(try space.make(space.plan()) == [])
    #expect(try bytes(space.directory(".out.next/scratch")) == [1])
    #expect(try space.make(space.plan(seed: 2), force: true) == [ShardFile.name(1)])
    #expect(try seed() == 2)
  }

  @Test func `A replacement that was killed just before it took its place still takes it`() throws {
    try space.make(space.plan())
    // All that such a run leaves: the new directory, whole, with its plan, under its passing name.
    try space.make(space.plan(seed: 2), force: true, limit: 1)
    let plan = try bytes(space.directory(".out.next/plan.json"))
    try space.make(space.plan(seed: 2), at: space.directory(".out.next"))
    try AtomicFile.write(plan, to: space.directory(".out.next/plan.json"))
    #expect(try space.make(space.plan(seed: 2), force: true) == [])
    #expect(try seed() == 2)
    #expect(try FileSystem.list(space.directory.path) == ["out"])
  }

  @Test(arguments: [0, 1, 2, 3])
  func `What a killed removal left is in nobody's way`(removed: Int) throws {
    try space.make(space.plan())
    try space.make(space.plan(seed: 2), at: space.directory(".out.next"))
    let names = [ShardFile.name(0), ShardFile.name(1), "locations.json"]
    for name in names.prefix(removed) { try FileSystem.remove(space.directory(".out.next/" + name)) }
    #expect(try space.make(space.plan(seed: 3), force: true).count == 2)
    #expect(try seed() == 3)
    #expect(try FileSystem.list(space.directory.path) == ["out"])
  }

  @Test func `Files of the user's and the folder's mode stay`() throws {
    let plan = space.plan(folder: "copy=00/")
    try space.make(plan)
    for name in ["NOTES.md", ".git/config", "copy=00/mine.txt", "x.tmp"] {
      try FileSystem.createDirectory(FileSystem.parent(space.output + "/" + name))
      try AtomicFile.write([7], to: space.output + "/" + name)
    }
    chmod(space.output, 0o700)
    #expect(try space.make(space.plan(seed: 2, shards: 1), force: true).count == 1)
    #expect(try seed() == 2)
    for name in ["NOTES.md", ".git/config", "copy=00/mine.txt", "x.tmp"] {
      #expect(try bytes(space.output + "/" + name) == [7], "\(name)")
    }
    var status = stat()
    #expect(stat(space.output, &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(FileSystem.kind(space.output + "/copy=00/" + ShardFile.name(0)) == nil)
    #expect(FileSystem.kind(space.output + "/" + ShardFile.name(0)) == .file)
    #expect(FileSystem.kind(space.output + "/.next") == nil)
  }

  @Test func `A file of the user's under a name of the new output is not written over`() throws {
    try space.make(space.plan())
    try AtomicFile.write([7], to: space.output + "/" + ShardFile.name(2))
    #expect(throws: StageError.notOurs(path: space.output, found: ShardFile.name(2))) {
      try space.make(space.plan(seed: 2, shards: 3), force: true)
    }
    #expect(try bytes(space.output + "/" + ShardFile.name(2)) == [7])
    #expect(try seed() == 1)
  }

  @Test func `A link to the output stays, and the new files lie behind it`() throws {
    try space.make(space.plan(), at: space.directory("big/real"))
    symlink("big/real", space.output)
    try space.make(space.plan(seed: 2), force: true)
    #expect(try FileSystem.isLink(space.output))
    #expect(try seed(space.directory("big/real")) == 2)
    #expect(try FileSystem.list(space.directory("big")) == ["real"])
  }

  /// In place, because a file of the user's is there: killed after each of the moves.
  @Test(arguments: 0..<4)
  func `A replacement in place that was killed goes on`(moved: Int) throws {
    try space.make(space.plan())
    try AtomicFile.write([7], to: space.output + "/NOTES.md")
    try space.make(space.plan(seed: 2), force: true, limit: 1)
    let staging = space.output + "/.next"
    #expect(FileSystem.kind(staging) == .directory)
    let plan = try bytes(staging + "/plan.json")
    try space.make(space.plan(seed: 2), at: staging)
    try AtomicFile.write(plan, to: staging + "/plan.json")
    // The state that a kill leaves behind the removal of the old manifest.
    try AtomicFile.write(plan, to: space.output + "/plan.json")
    try FileSystem.remove(space.output + "/manifest.json")
    for name in [ShardFile.name(0), ShardFile.name(1), "locations.json"].prefix(moved) {
      try FileSystem.rename(staging + "/" + name, to: space.output + "/" + name)
    }
    #expect(try space.make(space.plan(seed: 2)) == [])
    #expect(try seed() == 2)
    #expect(
      try FileSystem.list(space.output) == [
        "NOTES.md", "locations.json", "manifest.json", ShardFile.name(0), ShardFile.name(1),
      ])
  }

  @Test func `What an extension that was begun made is ours, whatever comes next`() throws {
    func begin() throws {
      try? FileSystem.remove(space.output)
      try space.make(space.plan(shards: 2))
      #expect(try space.make(space.plan(shards: 5), limit: 2) == [ShardFile.name(2), ShardFile.name(3)])
    }
    // The old command leaves it as it is.
    try begin()
    #expect(try space.make(space.plan(shards: 2)) == [])
    #expect(try space.make(space.plan(shards: 5)) == [ShardFile.name(4)])
    // A shorter extension takes what it needs.
    try begin()
    #expect(try space.make(space.plan(shards: 3)) == [])
    #expect(
      try FileSystem.list(space.output) == ["locations.json", "manifest.json"]
        + (0..<3).map { ShardFile.name($0) })
    // Another output replaces all of it.
    try begin()
    #expect(try space.make(space.plan(seed: 2, shards: 4), force: true).count == 4)
    #expect(
      try FileSystem.list(space.output) == ["locations.json", "manifest.json"]
        + (0..<4).map { ShardFile.name($0) })
    #expect(try FileSystem.list(space.directory.path) == ["out"])
  }

  @Test(arguments: ["log.jsonl", "locations.json", ShardFile.name(0), ".next"])
  func `A folder under the name of a file of ours is said before the work, and stays`(name: String) throws {
    try space.make(space.plan())
    try FileSystem.remove(space.output + "/" + name)
    try FileSystem.createDirectory(space.output + "/" + name)
    try AtomicFile.write([7], to: space.output + "/\(name)/thesis.txt")
    _ = try? space.make(space.plan(seed: 2), force: true)
    #expect(try bytes(space.output + "/\(name)/thesis.txt") == [7])
    #expect(try seed() == 1)
    #expect(try FileSystem.list(space.directory.path) == ["out"])
  }

  @Test func `A damaged manifest and a damaged plan are replaced under force`() throws {
    for name in ["manifest.json", "plan.json"] {
      try space.make(space.plan(), limit: name == "plan.json" ? 1 : .max)
      try AtomicFile.write([1, 2, 3], to: space.output + "/" + name)
      #expect(throws: StageError.self) { try space.open(space.plan()) }
      try space.make(space.plan(), force: true)
      #expect(try seed() == 1)
      try FileSystem.remove(space.output)
    }
  }
}
