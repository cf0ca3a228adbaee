/// One image in the form that a model takes, and where it came from.
package struct Picture: Equatable, Sendable {
  /// As the user named it, or a file of the folder that the user named.
  package let file: String
  /// In its file, counted from 0.
  package let row: Int
  /// As the model has it.
  package let shape: ImageShape
  /// [rows, columns, channels].
  package let pixels: [UInt8]

  /// Ten shades of characters, a line a row.
  package var text: String { shape.text(pixels[...]).joined(separator: "\n") }
}
