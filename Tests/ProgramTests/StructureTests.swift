import Foundation
import Storage
import TestSupport
import Testing

/// What the sources may know of each other.
@Suite struct StructureTests {
  private static let root = Repository.path("Sources")
  /// From the ground up: an import only goes down.
  private static let libraries = [
    "CounterRandom", "Storage", "Machine", "Stage", "Datasets", "Networks", "Evaluation", "Specialists",
    "Teachers", "Training", "Inspection", "Interchange", "Reporting", "Programs",
  ]
  /// Libraries of what a network learns and says.
  private static let science = ["Evaluation", "Specialists", "Teachers", "Training"]

  /// Swift files of modules by their paths below `Sources`, with their lines.
  private func files(_ modules: [String] = libraries) throws -> [String: [Substring]] {
    var found: [String: [Substring]] = [:]
    for path in try modules.flatMap({ try Repository.swiftFiles("Sources/" + $0) }) {
      found[String(path.dropFirst("Sources/".count))] = try Repository.text(path).split(
        separator: "\n", omittingEmptySubsequences: false)
    }
    return found
  }

  private func matches(_ pattern: Regex<Substring>, in modules: [String]) throws -> [String] {
    try files(modules).flatMap { name, lines in
      lines.filter { $0.contains(pattern) }.map { "\(name): \($0)" }
    }.sorted()
  }

  @Test func `An import only goes down`() throws {
    for (name, lines) in try files() {
      let own = try #require(Self.libraries.firstIndex { name.hasPrefix($0 + "/") })
      for line in lines where line.hasPrefix("import ") {
        let imported = Self.libraries.firstIndex(of: String(line.dropFirst(7)))
        #expect(imported.map { $0 < own } ?? true, "\(name): \(line)")
      }
    }
  }

  @Test func `Libraries name no program and no option`() throws {
    let below = Array(Self.libraries.dropLast())
    // The suffix of temporary files, and style sheets, are no programs and options.
    let programs = try matches(/\bdk-[a-z]+/, in: below).filter { !$0.contains("dk-tmp") }
    #expect(programs.isEmpty, "\(programs)")
    let options = try matches(/--[a-z]/, in: below).filter { line in
      !line.hasPrefix("Reporting/Style.swift") && !line.contains("var(--")
    }
    #expect(options.isEmpty, "\(options)")
  }

  @Test
  func `Only training, checkpoint, model file, export and the folding of a calibration know the network`()
    throws
  {
    let known: Set = [
      "Teachers/Calibration.swift", "Training/Run/Checkpoint.swift", "Training/Run/Training.swift",
      "Training/Run/Training+Estimate.swift", "Training/Run/TrainingHealth.swift",
      "Training/Run/TrainingRun.swift",
      "Interchange/ONNXModel.swift", "dk-export/Export.swift",
    ]
    let above = try Self.science + ["Inspection", "Interchange", "Reporting", "Programs"] + programs()
    let found = try files(above).filter { _, lines in
      lines.contains { line in
        !line.drop { $0 == " " }.hasPrefix("//") && line.contains(/\bNetwork\b|\.network\b/)
      }
    }
    #expect(Set(found.keys).subtracting(known).isEmpty, "\(Set(found.keys).subtracting(known))")
    #expect(found.keys.contains("Training/Run/TrainingRun.swift"))
  }

  @Test func `An element type is known in at most six files`() throws {
    let cases = /\belement == |switch element\b|\(\$0 == \.u8\)|self == \.u8|case \.?u8|\.f16: DK|DK_F32/
    var found = Set(try files().filter { _, lines in lines.contains { $0.contains(cases) } }.keys)
    // Types of tensors of any kind.
    found.subtract([
      "Storage/Tensors/TensorType.swift", "Storage/Tensors/TensorType+Decoding.swift",
      "Inspection/RowDump.swift",
    ])
    for name in ["activations.c", "include/ckernels.h"] {
      let text = String(decoding: try bytes("\(Self.root)/CKernels/\(name)"), as: UTF8.self)
      if text.contains("DK_F32") { found.insert("CKernels/\(name)") }
    }
    #expect(
      found.isSubset(of: [
        "Datasets/Shards/Features.swift", "Datasets/Ingest/FeatureStatistics.swift",
        "Datasets/Shards/ImageShard.swift", "Networks/Network/Activations+Load.swift",
        "CKernels/activations.c", "CKernels/include/ckernels.h",
      ]), "\(found.sorted())")
    #expect(found.count >= 5)
  }

  @Test func `A distortion is known in at most four files`() throws {
    let found = try files(Self.libraries + programs()).filter { _, lines in
      lines.contains { $0.contains("ShiftDistortion") }
    }
    #expect((2...4).contains(found.count), "\(found.keys.sorted())")
    // What joins rows knows a variant and no shift; a foreign file may still name shifts.
    let shifts = try files(["Datasets"] + Self.science + ["Inspection", "Reporting"]).filter { _, lines in
      lines.contains { $0.contains(/\bShift\(/) }
    }
    #expect(
      Set(shifts.keys).isSubset(of: ["Datasets/Ingest/ShiftDistortion.swift", "Teachers/ForeignFile.swift"]),
      "\(shifts.keys.sorted())")
  }

  /// Modules of the programs.
  private func programs() throws -> [String] {
    let found = try FileSystem.list(Self.root).filter { $0.hasPrefix("dk-") }.sorted()
    try #require(found.count >= 12)
    return found
  }

  @Test func `A program is below a hundred lines of parse, check and call`() throws {
    for program in try programs() {
      let files = try files([program])
      let entries = files.filter { $0.value.contains("@main") }
      #expect(entries.count == 1 && entries.allSatisfy { $0.value.count <= 100 }, "\(program)")
      for (name, lines) in files where entries[name] == nil {
        // More options, or the modes of the program: types of its own belong to libraries.
        let types = lines.filter {
          $0.contains(#/^\s*(?:package |private |final )*(?:struct|class|enum|actor) /#)
        }
        #expect(types.allSatisfy { $0.contains("ParsableArguments") }, "\(name): \(types)")
      }
      // Numbers are made in libraries, where they are tested.
      let arithmetic = try matches(#/\b(?:exp|log|sqrt)\(|stride\(|withUnsafe|UInt8\(.*[*/]/#, in: [program])
      #expect(arithmetic.isEmpty, "\(arithmetic)")
    }
  }

  @Test func `Text is padded in one place, and JSON printed in one`() throws {
    let all = try Self.libraries + programs()
    let sources = try files(all)
    func places(_ pattern: Regex<Substring>) -> Set<String> {
      let found = sources.filter { _, lines in lines.contains { $0.contains(pattern) } }
      return Set(found.keys.map { FileSystem.name($0) })
    }
    // Spaces that are counted, by Swift's means, Foundation's or C's.
    #expect(places(#/repeating: " "|\.padding\(|%-?[0-9]+[ds@]/#) == ["Table.swift"])
    #expect(places(/JSONEncoder|JSONSerialization/) == ["CanonicalJSON.swift"])
    // To stdout, to files that a user names, and to the two files beside a stage's data.
    #expect(
      places(/CanonicalJSON\.report/) == [
        "Console.swift", "ResultFile.swift", "StageLog.swift", "Locations.swift",
      ])
    // Cells that are put together by hand would not be quoted.
    let joining = places(/joined\(separator: ","\)/)
    #expect(joining.contains("CSV.swift"))
    #expect(joining.allSatisfy { !$0.contains(/Report|Rows|Comparison|Prediction/) }, "\(joining)")
  }
}
