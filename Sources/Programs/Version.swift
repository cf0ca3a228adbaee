import Stage

/// What `--version` says.
package enum Version {
  /// The program, and the version of the files that it reads and writes.
  package static let text = "Dark Knowledge 0.2, file formats version \(Manifest.currentFormatVersion)"
}
