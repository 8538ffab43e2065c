import { render } from 'preact';
import './styles.css';

const root = document.querySelector('main');
if (root !== null) render(<p>Drydock</p>, root);
