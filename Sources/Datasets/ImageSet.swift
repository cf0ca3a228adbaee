import Stage
import Storage

/// A finished directory of image shards.
package struct ImageSet: Sendable {
  package let whole: Whole
  package let rows: Int
  package let columns: Int
  package let classes: Int
  /// Shards of each copy; one copy unless the set is jittered.
  package let copies: [[Manifest.Output]]

  package var pixels: Int { rows * columns }
  /// Every shard, copy by copy.
  package var shards: [Manifest.Output] { copies.flatMap { $0 } }
  /// Examples in one copy.
  package var examplesPerCopy: Int { copies[0].reduce(0) { $0 + ($1.examples ?? 0) } }

  /// - Throws: `StageError.wrongStage`, `.notFinished`; `StorageError.missing`; `DatasetError.noExamples`.
  package init(_ directory: String) throws {
    whole = try Whole(directory)
    guard whole.manifest.stage == ImageIngest.stage else {
      throw StageError.wrongStage(
        path: directory, expected: ImageIngest.stage, found: whole.manifest.stage)
    }
    rows = try whole.count("rows")
    columns = try whole.count("columns")
    classes = try whole.count("classes")
    let byFolder = Dictionary(grouping: whole.manifest.outputs) { FileSystem.parent($0.path) }
    copies = byFolder.sorted { $0.key < $1.key }.map(\.value)
    guard !copies.isEmpty, rows > 0, columns > 0, classes > 0, copies.allSatisfy({ !$0.isEmpty }) else {
      throw DatasetError.noExamples(path: directory)
    }
  }

  /// Reads one shard and checks it against the manifest and against what the set says of itself.
  ///
  /// - Throws: `StorageError`; `DatasetError.imagesDiffer`, `.labelOutOfRange`.
  package func read(_ shard: Manifest.Output) throws -> ImageShard {
    let path = whole.path(of: shard)
    let content = try ImageShard(frame: try whole.contents(of: shard), path: path)
    guard content.rows == rows, content.columns == columns else {
      throw DatasetError.imagesDiffer(
        path: path, expected: [rows, columns], found: [content.rows, content.columns])
    }
    if let row = content.labels.firstIndex(where: { $0 >= classes }) {
      throw DatasetError.labelOutOfRange(
        path: path, row: row, label: Int(content.labels[row]), classes: classes)
    }
    return content
  }

  /// Checks that a network or another set fits these images.
  ///
  /// - Throws: `DatasetError.imagesDiffer`, `.otherClasses`.
  package func expect(rows: Int, columns: Int, classes: Int) throws {
    guard (self.rows, self.columns) == (rows, columns) else {
      throw DatasetError.imagesDiffer(
        path: whole.directory, expected: [rows, columns], found: [self.rows, self.columns])
    }
    guard self.classes == classes else {
      throw DatasetError.otherClasses(path: whole.directory, expected: classes, found: self.classes)
    }
  }
}
