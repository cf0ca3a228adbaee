/// One image in the form that a model takes, with its file and row.
package struct Picture: Equatable, Sendable {
  /// Path of the file, as the user named it or inside the folder that the user named.
  package let file: String
  /// Position in the file, from 0.
  package let row: Int
  /// Shape of the model's input.
  package let shape: ImageShape
  /// [rows, columns, channels].
  package let pixels: [UInt8]

  /// The image drawn with ten shades of characters, one line for each row.
  package var text: String { shape.text(pixels[...]).joined(separator: "\n") }
}
