import Stage

/// The text of `--version`.
package enum Version {
  /// Version of the programs, and of the file formats that they read and write.
  package static let text = "Dark Knowledge 0.2, file formats version \(Manifest.currentFormatVersion)"
}
