import Datasets
import Evaluation
import Networks
import Specialists
import Stage
import Storage

/// The subjects of a report: models, image sets, specialist sets and evaluations below the given paths.
struct Findings {
  /// A model, with facts from its manifest and those of its inputs.
  struct Model {
    /// Path relative to the one that the user gave.
    let name: String
    let directory: FinishedDirectory
    /// Temperature of its soft targets; nil without any, or if their directory is not found.
    let temperature: Double?
    /// The published set that it was trained on; nil for other images, or if their directory is not found.
    let learntFrom: PublishedSet?
    /// Role of the model; nil if the manifest has none.
    var role: ModelRole? { directory.manifest.recipe.role }

    /// Text such as `784-800-800-10, distilled at T=20`.
    let description: String

    /// The name without folders `seed=N`: nets of the same group differ in their seeds alone.
    var group: String {
      let parts = name.split(separator: "/").filter { !$0.hasPrefix("seed=") }
      return parts.isEmpty ? name : parts.joined(separator: "/")
    }

    /// All parameters but the seed, as one text.
    var settings: String {
      directory.manifest.parameters.filter { $0.key != "seed" }.sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    var hidden: [Int] {
      guard case .array(let values)? = directory.manifest.parameters["hidden"] else { return [] }
      return values.compactMap(\.int)
    }
  }

  /// An evaluation read from a file, or made for the report.
  struct Kept {
    /// Path relative to the one that the user gave, without the folder `evaluation`.
    let name: String
    let evaluation: EvaluationReport
  }

  // Deeper than the trees of our pipelines; it ends the search in a tree of something else.
  private static let depthLimit = 8
  private static let jsonLimit = 64 << 20

  private(set) var models: [Model] = []
  private(set) var images: [ImageSet] = []
  private(set) var sets: [SpecialistSets] = []
  private(set) var evaluations: [Kept] = []

  /// Searches the paths and everything below them.
  ///
  /// - Parameter paths: finished directories, directories that contain some, and JSON files of evaluations.
  /// - Throws: `StorageError` for a missing path; `InputError.noEvaluation` for a file of another kind, `.noExamples`
  ///   if no model or evaluation is found; `StageError.interrupted`.
  init(_ paths: [String]) throws {
    // The page is the same for the same places in any order.
    for path in paths.sorted() {
      guard let type = try FileSystem.type(path) else { throw StorageError.missing(path: path) }
      if type == .directory {
        try look(path, below: path, depth: 0)
      } else {
        for kept in try ModelComparison.kept(path) {
          add(kept.evaluation, name: kept.name ?? FileSystem.name(path))
        }
      }
    }
    guard !models.isEmpty || !evaluations.isEmpty else {
      throw InputError.noExamples(path: paths.joined(separator: " "), of: "model or evaluation")
    }
  }

  /// Adds an evaluation.
  mutating func add(_ evaluation: EvaluationReport, name: String) {
    evaluations.append(Kept(name: name, evaluation: evaluation))
  }

  /// A path relative to `root`; for `root` itself, its last component. A lone seed gets the folder above too: seeds of
  /// two nets are no group.
  private static func relative(_ place: String, to root: String) -> String {
    let whole = FileSystem.absolute(root)
    let (name, above) =
      place == root
      ? (FileSystem.name(whole), FileSystem.parent(whole))
      : (String(place.dropFirst(root.count).drop { $0 == "/" }), whole)
    let isSeed = name.split(separator: "/").allSatisfy { $0.hasPrefix("seed=") }
    return isSeed ? FileSystem.join(FileSystem.name(above), name) : name
  }

  private mutating func look(_ path: String, below root: String, depth: Int) throws {
    try Interruption.check()
    if FileSystem.kind(FileSystem.join(path, Manifest.fileName)) != nil {
      // Damaged directories and those of later versions are skipped: the rest can still be shown, and an inspection
      // reports them. There is nothing to find inside a finished directory.
      guard let directory = try? FinishedDirectory(path) else { return }
      return take(directory, root)
    }
    guard depth < Self.depthLimit else { return }
    for name in try FileSystem.list(path).sorted() where !name.hasPrefix(".") {
      let place = FileSystem.join(path, name)
      switch FileSystem.kind(place) {
      case .directory: try look(place, below: root, depth: depth + 1)
      case .file where name.hasSuffix(".json"):
        // Other JSON files are no error here: only a file that the user named has to be an evaluation.
        for kept in (try? ModelComparison.kept(place)) ?? [] {
          let folders = Self.relative(place, to: root).split(separator: "/").dropLast().filter {
            $0 != "evaluation"
          }
          let stem = String(name.dropLast(".json".count))
          add(kept.evaluation, name: folders.isEmpty ? stem : folders.joined(separator: "/"))
        }
      default: break
      }
    }
  }

  private mutating func take(_ directory: FinishedDirectory, _ root: String) {
    switch directory.manifest.kind {
    case .model: models.append(Self.model(directory, root))
    case .images: if let set = try? ImageSet(directory.path) { images.append(set) }
    case .specialistSets: if let found = try? SpecialistSets(directory.path) { sets.append(found) }
    case .logits, .softTargets: break
    }
  }

  private static func model(_ directory: FinishedDirectory, _ root: String) -> Model {
    let manifest = directory.manifest
    let place = directory.path
    let name = relative(place, to: root)
    let temperature = input("soft-targets", of: directory)?.manifest.parameters["temperature"]?.double
    return Model(
      name: name, directory: directory, temperature: temperature,
      learntFrom: input("images", of: directory).flatMap { PublishedSet(sources: $0.manifest.sources) },
      description: description(manifest, temperature))
  }

  /// An input of a directory; nil if it is not found, or not the one that the directory was made from.
  private static func input(_ name: String, of directory: FinishedDirectory) -> FinishedDirectory? {
    let place = Locations(directory: directory.path).place(of: name, from: directory.path)
    let found = place.flatMap { try? FinishedDirectory($0) }
    let wanted = directory.manifest.recipe.inputs.first { $0.name == name }?.digest
    return found?.digest == wanted ? found : nil
  }

  private static func description(_ manifest: Manifest, _ temperature: Double?) -> String {
    var sizes = [manifest.counts["inputs"] ?? 0]
    if case .array(let hidden)? = manifest.parameters["hidden"] { sizes += hidden.compactMap(\.int) }
    sizes.append(manifest.counts["classes"] ?? 0)
    let shape = sizes.map(String.init).joined(separator: "-")
    let role =
      switch manifest.recipe.role {
      case .student: "distilled" + (temperature.map { " at T=\(Temperature.name($0))" } ?? "")
      case .baseline: "hard targets"
      case let role?: role.rawValue
      case nil: "model"
      }
    let parts = ["omit", "only", "fraction"].compactMap { key in
      manifest.parameters[key].map { "\(key) \($0.description)" }
    }
    return ([manifest.parameters["hidden"] == nil ? role : "\(shape), \(role)"] + parts).joined(
      separator: ", ")
  }
}
