import Foundation
import Storage
import TestSupport
import Testing

/// How the sources are laid out, so that a stranger finds his way: folders, files, and what a target is built with.
@Suite struct LayoutTests {
  /// Swift files below a folder, by their paths below the repository, but for generated ones.
  private func swiftFiles(_ folder: String) throws -> [String] {
    try Repository.swiftFiles(folder).filter { !$0.hasSuffix(".pb.swift") }
  }

  @Test func `A folder of sources has at most 13 Swift files`() throws {
    let folders = Dictionary(grouping: try swiftFiles("Sources"), by: FileSystem.parent)
    #expect(folders.count > 30)
    let full = folders.filter { $1.count > 13 }.map { "\($0): \($1.count)" }
    #expect(full.isEmpty, "\(full.sorted())")
  }

  @Test func `A Swift file has at most 250 lines`() throws {
    for path in try swiftFiles("Sources") + swiftFiles("Tests") {
      let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(lines <= 250, "\(path): \(lines)")
    }
  }

  @Test func `Comments in bodies are 3 to 8 % of the lines of every module`() throws {
    for (module, files) in Dictionary(
      grouping: try swiftFiles("Sources"), by: { String($0.split(separator: "/")[1]) })
    {
      let lines = try files.flatMap {
        try Repository.text($0).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      }
      let comments = lines.count { line in
        let code = line.drop { $0 == " " }
        return code.hasPrefix("//") && !code.hasPrefix("///")
      }
      let share = Double(comments) / Double(lines.count)
      #expect((0.03...0.08).contains(share), "\(module): \(comments) of \(lines.count)")
    }
  }

  private func imports(_ folder: String) throws -> Set<String> {
    var found: Set<String> = []
    for path in try swiftFiles(folder) {
      for match in try Repository.text(path).matches(of: /(?m)^\s*(?:@testable )?import (\w+)$/) {
        found.insert(String(match.1))
      }
    }
    return found.subtracting([
      "Foundation", "Dispatch", "Synchronization", "Glibc", "Darwin", "Testing", "CryptoKit",
    ])
  }

  private static let kinds: [(String, String, Set<String>)] = [
    ("library", "Sources", []), ("program", "Sources", ["ArgumentParser", "Programs", "Stage"]),
    ("tests", "Tests", ["TestSupport"]),
  ]

  @Test(arguments: kinds)
  func `A target depends on the modules that it imports, and on no other`(
    kind: String, folder: String, shared: Set<String>
  ) throws {
    let targets = try Repository.declaredModules(kind)
    #expect(targets.count > 8)
    for (name, uses) in targets where kind != "library" || !Repository.isC(name) {
      let imported = try imports("\(folder)/\(name)")
      #expect(
        imported == uses.union(shared),
        "\(name): \(imported.symmetricDifference(uses.union(shared)).sorted())")
    }
  }
}
