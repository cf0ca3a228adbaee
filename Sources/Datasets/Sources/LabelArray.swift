import Stage
import Storage

/// Labels in the usual forms: [n], [n, 1], one-hot [n, classes], or one column of a table.
struct LabelArray: Sendable {
  /// Rows read at a time, so that memory stays bounded for wide tables.
  private static let blockRows = 1 << 16

  private let array: any SourceArray
  private let column: Int?

  /// - Parameters:
  ///   - array: one row for each image.
  ///   - column: of a table; nil for a single column or for one-hot labels.
  /// - Throws: `InputError.mismatch`, `ParameterError.wrongValue`.
  init(_ array: any SourceArray, column: Int?) throws {
    self.array = array
    self.column = column
    guard array.shape.count == 1 || array.shape.count == 2 else {
      throw InputError.mismatch(
        path: array.path, expected: "labels [n], [n, 1], one-hot [n, classes], or a table", like: nil,
        found: "\(array.shape)")
    }
    if let column, !(0..<array.width).contains(column) {
      throw ParameterError.wrongValue(
        parameter: "label-column", expected: "0 to \(array.width - 1), the columns of \(array.path)",
        found: String(column))
    }
    // Floats are accepted for one-hot rows only: a class number in a float may have been rounded.
    guard TensorType.integral.contains(array.type) || isOneHot else {
      throw InputError.mismatch(
        path: array.path, expected: "labels of an integer type; convert them with labels.astype('int64')",
        like: nil, found: array.type.rawValue)
    }
  }

  /// Number of rows.
  var count: Int { array.count }

  private var isOneHot: Bool { column == nil && array.width > 1 }

  /// Reads the labels.
  ///
  /// - Returns: [n], not yet checked against the number of classes.
  /// - Throws: `StorageError`; `InputError.notOneHot` with the first row that is not one-hot.
  func values() throws -> [Int] {
    var values: [Int] = []
    values.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: Self.blockRows) {
      let rows = Array(start..<min(count, start + Self.blockRows))
      let numbers = try self.numbers(try array.rows(rows))
      let width = array.width
      for row in rows.indices {
        let own = numbers[row * width..<(row + 1) * width]
        values.append(isOneHot ? try hot(own, row: start + row) : own[own.startIndex + (column ?? 0)])
      }
    }
    return values
  }

  /// The elements as integers, in the order of the bytes.
  private func numbers(_ bytes: [UInt8]) throws -> [Int] {
    if array.type == .bool { return bytes.map { Int($0) } }
    guard TensorType.floating.contains(array.type) else {
      return try array.type.integers(bytes, tensor: "labels", path: array.path)
    }
    // One-hot rows of floats: -1 marks any other value, and `hot` rejects it.
    return array.type.floats(bytes).map { $0 == 0 ? 0 : $0 == 1 ? 1 : -1 }
  }

  /// The class of a one-hot row.
  private func hot(_ row: ArraySlice<Int>, row number: Int) throws -> Int {
    guard let first = row.firstIndex(of: 1), row.allSatisfy({ $0 == 0 || $0 == 1 }), row.reduce(0, +) == 1
    else {
      throw InputError.notOneHot(
        path: array.path, row: number, found: row.prefix(12).map(String.init).joined(separator: " "))
    }
    return first - row.startIndex
  }
}
