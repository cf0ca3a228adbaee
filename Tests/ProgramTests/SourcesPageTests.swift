import Foundation
import Storage
import TestSupport
import Testing

/// `Sources/README.md`, the page for those who carry on: it holds only as long as the sources agree.
@Suite struct SourcesPageTests {
  /// Parts of the page by their headings.
  private func parts() throws -> [String: Substring] {
    var found: [String: Substring] = [:]
    for part in try Repository.text("Sources/README.md").split(separator: #/(?m)^##+ /#) {
      let heading = part.prefix { $0 != "\n" }
      found[String(heading)] = part.dropFirst(heading.count)
    }
    return found
  }

  /// Modules that `Package.swift` names for each library in Swift.
  private func libraries() throws -> [String: Set<String>] {
    try Repository.declaredModules("library").filter { !Repository.isC($0.key) }
  }

  @Test func `The table has the imports of each module that no other import implies`() throws {
    let declared = try libraries()
    func reached(_ module: String) -> Set<String> {
      (declared[module] ?? []).reduce(into: []) { $0.formUnion(reached($1).union([$1])) }
    }
    var stated: [String: Set<String>] = [:]
    for match in try #require(parts()["Modules"]).matches(of: /(?m)^\| `(\w+)` \| ([^|]*)\|/) {
      stated[String(match.1)] = Set(match.2.matches(of: /`(\w+)`/).map { String($0.1) })
    }
    #expect(Set(stated.keys) == Set(declared.keys))
    for (module, imports) in declared {
      let own = imports.filter { declared[$0] != nil }
      let direct = own.filter { one in !own.contains { reached($0).contains(one) } }
      #expect(stated[module] == direct, "\(module)")
    }
  }

  @Test func `The drawing has every module once`() throws {
    let page = try Repository.text("Sources/README.md")
    let drawing = try #require(page.split(separator: "```").dropFirst().first)
    let names = drawing.matches(of: /[A-Za-z]{4,}/).map { String($0.0) }
    #expect(names.sorted() == (try libraries()).keys.sorted())
  }

  private static let limits = [
    "a loss": 3, "a distortion": 4, "an element type": 6, "an evaluation": 3, "a program": 3,
  ]

  @Test(arguments: limits.keys.sorted())
  func `A change takes as many files as the page names, and no more than agreed`(change: String) throws {
    let files = try #require(parts()[change]).matches(of: /`([\w\/.+-]+\.(?:swift|c|h|md))`/).map {
      String($0.1)
    }
    #expect((2...(Self.limits[change] ?? 0)).contains(files.count), "\(files)")
  }

  @Test func `Every path of the page exists`() throws {
    let paths = try Repository.text("Sources/README.md").matches(of: /`((?:\.\.\/)?[\w-]+\/[\w\/.+-]+\.\w+)`/)
      .map {
        String($0.1)
      }
    #expect(paths.count > 20)
    for path in paths {
      #expect(FileManager.default.fileExists(atPath: Repository.path("Sources/\(path)")), "\(path)")
    }
  }

  /// An existing example of each change, by a name that its files share.
  @Test(arguments: [
    ("a loss", "LogitLoss", "Sources"), ("a distortion", "ShiftDistortion", "Sources"),
    ("an element type", "DK_F32", "Sources"),
    (
      "an evaluation", "expectedCalibrationError", "Sources/Evaluation/Measures"
    ),
    ("a program", "dk-neighbors", "Sources"),
  ])
  func `An existing example stands in the named files alone`(change: String, name: String, folder: String)
    throws
  {
    let named = try #require(parts()[change])
    var found = 0
    for path in try FileManager.default.subpathsOfDirectory(atPath: Repository.path("\(folder)"))
    where path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".h") {
      let file = "\(folder)/\(path)".dropFirst("Sources/".count)
      guard try Repository.text("Sources/\(file)").contains(name) else { continue }
      found += 1
      #expect(named.contains(file), "\(file)")
    }
    #expect(found > 0)
  }
}
