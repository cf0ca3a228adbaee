import Datasets
import Foundation
import Stage
import Storage

/// One safetensors file of another framework's predictions: `logits`, `log_probabilities` or `probabilities`,
/// [n, classes] or [n, teachers, classes], or top-k (log) probabilities [n, k] with `classes` [n, k].
struct ForeignFile: Sendable {
  private enum Quantity: String, CaseIterable {
    case logits
    case logProbabilities = "log_probabilities"
    case probabilities
  }

  /// Distance of a masked class's logit below the largest one. exp(-10,000 / T) is 0 in 32 bits up to T = 96.
  private static let masked: Float = 10_000
  /// Largest difference of a sum of probabilities from 1. bfloat16 has 8 significant bits: rounding changes a
  /// probability by up to 0.4 %, and one whose logarithm is near -5 by up to 1.6 %.
  private static let sumTolerance = 0.02

  let path: String
  /// Number of rows, n.
  let count: Int
  /// Number of teachers whose predictions a row holds.
  let teachers: Int
  let classes: Int
  /// Name of the teacher, for people; no identity.
  let teacherName: String?
  /// Digest of the teacher's weights, from the metadata; nil if the file has none.
  let teacherDigest: Digest?
  private let reader: SafetensorsReader
  private let quantity: Quantity
  private let layout: TensorLayout
  /// For top-k files: the classes, [n, k], and the total probability of the other classes, [n].
  private let top: (classes: TensorLayout, tail: TensorLayout?)?

  /// Reads the header and checks it against the images.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - images: images of the rows; without labels, the file decides the number of classes.
  /// - Throws: `StorageError`; `InputError.mismatch`.
  init(_ path: String, images: ImageSet) throws {
    let reader = try SafetensorsReader(path)
    let tensors = reader.header.tensors
    let found = Quantity.allCases.filter { tensors[$0.rawValue] != nil }
    guard let quantity = found.first, found.count == 1, let values = tensors[quantity.rawValue] else {
      throw InputError.mismatch(
        path: path, expected: "one tensor `logits`, `log_probabilities` or `probabilities`", like: nil,
        found: found.isEmpty ? "none" : found.map(\.rawValue).joined(separator: " and "))
    }
    // If the file names the digest of its images, it has to be that of these.
    if let digest = reader.header.metadata["images"], digest != images.directory.digest.hex {
      throw InputError.mismatch(
        path: path, expected: "logits of images with digest \(images.directory.digest.short)",
        like: images.path,
        found: "of \(digest.prefix(12))")
    }
    self.path = path
    self.reader = reader
    self.quantity = quantity
    // Any extents so far: [n, teachers, classes], [n, classes] or [n, k]. They are compared with the images below.
    let axes = values.shape.count == 3 ? 3 : 2
    layout = try reader.header.layout(
      quantity.rawValue, types: TensorType.floating, shape: [Int?](repeating: nil, count: axes), path: path)
    count = layout.shape[0]
    teacherName = reader.header.metadata["teacher"]
    teacherDigest = reader.header.metadata["teacher_sha256"].flatMap { Digest(hex: $0) }
    let width = layout.shape[axes - 1]
    if tensors["classes"] != nil {
      guard quantity != .logits, axes == 2, images.isLabelled else {
        throw InputError.mismatch(
          path: path, expected: "beside `classes` [n, k] probabilities [n, k] of labelled images", like: nil,
          found: "\(quantity.rawValue) \(layout.shape)")
      }
      top = (
        try reader.header.layout(
          "classes", types: TensorType.integral, shape: [count, width], path: path),
        tensors["tail"] == nil
          ? nil
          : try reader.header.layout("tail", types: TensorType.floating, shape: [count], path: path)
      )
      classes = images.classes
    } else {
      top = nil
      classes = images.isLabelled ? images.classes : max(1, width)
    }
    teachers = axes == 3 ? layout.shape[1] : 1
    guard count > 0, count <= Int(UInt32.max), teachers > 0, top != nil ? width <= classes : width == classes
    else {
      throw InputError.mismatch(
        path: path, expected: "\(quantity.rawValue) of \(classes) classes", like: images.path,
        found: "\(width)")
    }
  }

  /// Positions in the source, [n]; nil if the rows are those of the source in its order.
  ///
  /// - Throws: `InputError.mismatch` if there is no tensor `indices` and the order of the rows is ambiguous.
  func indices(_ images: ImageSet) throws -> [Int]? {
    if let indices = try integers("indices", width: nil) { return indices }
    let manifest = images.directory.manifest
    func fault(_ expected: String, _ found: String) -> InputError {
      .mismatch(path: path, expected: expected, like: images.path, found: found)
    }
    // Row i is image i only for one source, one copy, no distortion and all images present.
    guard manifest.sources.count == 1, images.copies.count == 1, manifest.parameters["distortion"] == nil
    else { throw fault("a tensor `indices` [n], and `variants` or `sources` for such images", "none") }
    if let all = manifest.counts[ImageSet.sourceImages], all != count {
      throw fault("\(all) rows, one for each image of the source, or a tensor `indices` [n]", "\(count)")
    }
    return nil
  }

  /// Variant (distorted copy) of each row, [n], from `variants` [n] or `shifts` [n, 2], (dy, dx) in pixels; nil if the
  /// file has neither.
  ///
  /// - Throws: `InputError.mismatch` for impossible variants or shifts, or if the two tensors contradict each other.
  func variants(_ images: ImageSet) throws -> [UInt32]? {
    func fault(_ row: Int, _ expected: String, _ found: String) -> InputError {
      .mismatch(path: path, expected: "in row \(row) \(expected)", like: images.path, found: found)
    }
    let variants = try integers("variants", width: nil)?.enumerated().map { row, number in
      guard let variant = UInt32(exactly: number) else {
        throw fault(row, "a variant of an image", "\(number)")
      }
      return variant
    }
    guard let shifts = try integers("shifts", width: 2) else { return variants }
    let shifted = try (0..<count).map { row in
      guard let dy = Int8(exactly: shifts[2 * row]), let dx = Int8(exactly: shifts[2 * row + 1]) else {
        throw fault(row, "a shift of an image", "(\(shifts[2 * row]), \(shifts[2 * row + 1]))")
      }
      return Shift(dy: dy, dx: dx).variant
    }
    if let variants, let row = shifted.indices.first(where: { shifted[$0] != variants[$0] }) {
      throw fault(row, "variant \(shifted[row]), as `shifts` has it", "\(variants[row])")
    }
    return shifted
  }

  /// Number of each row's source, [n]; nil if there is only one.
  ///
  /// - Throws: `InputError.mismatch` for a number out of range, or if the tensor is missing for joined images.
  func sources(_ images: ImageSet) throws -> [Int]? {
    let known = images.directory.manifest.sources
    guard let numbers = try integers("sources", width: nil) else {
      // In a set joined from several sources, an index alone is ambiguous.
      guard known.count == 1 else {
        throw InputError.mismatch(
          path: path, expected: "a tensor `sources` [n] of 0 to \(known.count - 1)",
          like: "\(images.path), which was joined from \(known.count) sources", found: "none")
      }
      return nil
    }
    guard let wrong = numbers.first(where: { !known.indices.contains($0) }) else { return numbers }
    throw InputError.mismatch(
      path: path, expected: "sources of 0 to \(known.count - 1)", like: images.path, found: String(wrong))
  }

  private func integers(_ name: String, width: Int?) throws -> [Int]? {
    guard reader.header.tensors[name] != nil else { return nil }
    let shape = [count] + (width.map { [$0] } ?? [])
    let layout = try reader.header.layout(name, types: TensorType.integral, shape: shape, path: path)
    return try layout.type.integers(try reader.rows(0..<count, of: layout), tensor: name, path: path)
  }

  /// Reads rows as finite logits.
  ///
  /// - Parameter rows: row numbers in any order.
  /// - Returns: [rows, teachers, classes].
  /// - Throws: `InputError.notFinite`, `.notProbabilities`, `.mismatch`; `StorageError`.
  func logits(_ rows: [Int]) throws -> [Float] {
    // Only these rows are read from the disk: the file of a large set does not fit in memory.
    var values = layout.type.floats(try reader.rows(rows, of: layout))
    if let top { values = try dense(values, rows, top) }
    for start in stride(from: 0, to: values.count, by: classes) {
      let row = rows[start / (teachers * classes)]
      try makeFinite(&values[start..<start + classes], row: row)
    }
    return values
  }

  /// Expands top-k values [rows, k] to all classes, [rows, classes], in the same quantity.
  private func dense(_ values: [Float], _ rows: [Int], _ top: (classes: TensorLayout, tail: TensorLayout?))
    throws
    -> [Float]
  {
    let width = layout.shape[1]
    let named = try top.classes.type.integers(
      try reader.rows(rows, of: top.classes), tensor: "classes", path: path)
    let tails = try top.tail.map { $0.type.floats(try reader.rows(rows, of: $0)) }
    var dense: [Float] = []
    dense.reserveCapacity(rows.count * classes)
    for (place, row) in rows.enumerated() {
      let own = named[place * width..<(place + 1) * width]
      guard Set(own).count == width, own.allSatisfy({ (0..<classes).contains($0) }) else {
        throw InputError.mismatch(
          path: path, expected: "in row \(row) different classes of 0 to \(classes - 1)", like: nil,
          found: own.prefix(12).map(String.init).joined(separator: " "))
      }
      // As probabilities, because only these can be summed for the tail; converted back below.
      let given = values[place * width..<(place + 1) * width].map {
        quantity == .logProbabilities ? exp($0) : $0
      }
      let left = tails?[place] ?? max(0, 1 - given.reduce(0, +))
      // The tail is shared evenly, as in our own top-k shards.
      var probabilities = [Float](
        repeating: width < classes ? left / Float(classes - width) : 0, count: classes)
      for (label, probability) in zip(own, given) { probabilities[label] = probability }
      dense += quantity == .logProbabilities ? probabilities.map { log($0) } : probabilities
    }
    return dense
  }

  private func makeFinite(_ values: inout ArraySlice<Float>, row: Int) throws {
    if quantity != .logits {
      let sum = values.reduce(0.0) { $0 + Double(quantity == .probabilities ? $1 : exp($1)) }
      guard abs(sum - 1) <= Self.sumTolerance, quantity == .logProbabilities || values.allSatisfy({ $0 >= 0 })
      else { throw InputError.notProbabilities(path: path, row: row, sum: sum) }
    }
    // log p can serve as logits: softmax(log p) = p, and softmax(log p / T) is p softened at T.
    if quantity == .probabilities { for place in values.indices { values[place] = log(values[place]) } }
    // A masked class has a logit of -inf, or probability 0. It gets a finite logit far below the others.
    let largest = values.max() ?? 0
    guard largest.isFinite, values.allSatisfy({ !$0.isNaN }) else {
      throw InputError.notFinite(path: path, what: quantity.rawValue, row: row)
    }
    for place in values.indices where values[place] == -.infinity { values[place] = largest - Self.masked }
  }
}
